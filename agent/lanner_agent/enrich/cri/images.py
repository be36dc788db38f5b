# SPDX-License-Identifier: Apache-2.0
"""Image references taken apart: registry/path:tag@digest. Pure.

Grammar: distribution/reference (the registry's host may carry a port, so a colon is a tag's only after the
last slash).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_ALGORITHM: Final = b"sha256:"


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reference says; None for the parts it leaves out."""

    repository: bytes
    tag: bytes | None = None
    digest: bytes | None = None


def parse(text: bytes) -> Reference | None:
    """None for an image's bare id or nothing: those name no repository."""
    name, _, digest = text.partition(b"@")
    if not name or is_id(name):
        return None
    head, slash, last = name.rpartition(b"/")
    last, _, tag = last.partition(b":")
    return Reference(head + slash + last, tag or None, digest or None)


def is_id(text: bytes) -> bool:
    """An image's id, as runtimes write it: sha256:HEX, or CRI-O's bare HEX."""
    return _is_hex(text.removeprefix(_ALGORITHM))


def short_form(image_id: bytes) -> bytes:
    """The id as Falco prints it: without the algorithm."""
    return image_id.removeprefix(_ALGORITHM)


def _is_hex(text: bytes) -> bool:
    return len(text) == 64 and not text.strip(b"0123456789abcdef")  # noqa: PLR2004 (a SHA-256)
