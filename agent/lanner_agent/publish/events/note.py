# SPDX-License-Identifier: Apache-2.0
"""Heading, output and identity -> the note of an Event: one line of at most 1,024 bytes.

    Notice Terminal shell in container: shell=bash parent=runc | c=app img=nginx@sha256:ab12cd34ef56 node=n1

Each part has its own room, so a long output never costs the identity. Blanks of every kind are folded, what
a terminal would act on is escaped, a cut falls between two characters.
"""

from __future__ import annotations

from lanner_agent.publish import escape
from lanner_agent.publish.redact import redacted
from lanner_engine.fields.model import Container

MAX_LENGTH = 1024  # core/validation/events.go, in bytes
HEADING = 158
OUTPUT = 640
FURTHER = 256  # of it, for what stands before the output
IDENTITY = 217
_NAME = 63
_IMAGE = 80
_SHORT_DIGEST = len("sha256:") + 12


def note(heading: str, output: bytes, identity: str, further: bytes = b"") -> str:
    """`heading: output | identity`; the output is an event's bytes, as rendered; `further` stands before it
    and is redacted.
    """
    before = folded(escape.decode(further), FURTHER)
    before += " " if before else ""
    said = before + folded(escape.decode(redacted(output)), OUTPUT - len(before.encode()))
    return f"{folded(heading, HEADING)}: {said} | {folded(identity, IDENTITY)}"


def identity(container: Container, node: str) -> str:
    """Where it happened, in words that stand in no other field of an Event: container, image, node."""
    return " ".join((*_container(container), f"node={cut(node, _NAME)}"))


def folded(text: str, limit: int) -> str:
    """One printable line of at most `limit` bytes."""
    plain = " ".join(text.split())[: limit + 1]  # a character takes at least one byte
    return cut(escape.harmless(plain), limit)


def cut(text: str, limit: int) -> str:
    """At most `limit` bytes of UTF-8, an ellipsis at the end of what was longer."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    return raw[: limit - len("…".encode())].decode("utf-8", "ignore") + "…"


def _container(container: Container) -> list[str]:
    if container.id == b"host":
        return []
    if container.name is None:
        return [f"container={escape.decode(container.id)}", "metadata=unresolved"]
    name = [f"c={cut(escape.decode(container.name), _NAME)}"]
    if container.image_repository is None:
        return name
    digest = (container.image_digest or b"")[:_SHORT_DIGEST]
    version = b"@" + digest if digest else b":" + (container.image_tag or b"latest")
    room = _IMAGE - len(version[:_NAME])
    return [
        *name,
        f"img={cut(escape.decode(container.image_repository), room)}{escape.decode(version[:_NAME])}",
    ]
