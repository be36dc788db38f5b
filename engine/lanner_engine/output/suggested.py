# SPDX-License-Identifier: Apache-2.0
"""The fields every rule's output ends with, unless it names them itself (specification 5.2)."""

from __future__ import annotations

SUGGESTED = (
    "container.id",
    "container.name",
    "container.image.repository",
    "container.image.tag",
    "k8s.pod.name",
    "k8s.ns.name",
)


def with_suggested(text: str) -> str:
    """The output text plus `container_id=%container.id ...` for what it does not contain; one %field each."""
    missing = [name for name in SUGGESTED if f"%{name}" not in _tokens(text)]
    return " ".join((text, *(f"{name.replace('.', '_')}=%{name}" for name in missing)))


def _tokens(text: str) -> frozenset[str]:
    """The %names of a text: %container.image.tag does not count as %container.image."""
    names = (part.lstrip("0123456789") for part in text.split("%")[1:])
    return frozenset("%" + _name(part) for part in names)


def _name(part: str) -> str:
    end = next((i for i, c in enumerate(part) if not (c.isalnum() or c in "._")), len(part))
    return part[:end].rstrip(".")
