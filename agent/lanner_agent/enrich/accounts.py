# SPDX-License-Identifier: Apache-2.0
"""passwd(5) and group(5) files taken apart. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_MAX_ID: Final = 10  # digits of 4294967295


@dataclass(frozen=True, slots=True)
class Account:
    """One line of passwd."""

    name: bytes
    home: bytes
    shell: bytes


@dataclass(frozen=True, slots=True)
class Accounts:
    """Both files: uid -> account, gid -> name."""

    users: dict[int, Account] = field(default_factory=dict)
    groups: dict[int, bytes] = field(default_factory=dict)


def users(text: bytes) -> dict[int, Account]:
    """name:password:uid:gid:comment:home:shell; the first line of a uid counts, as for getpwuid(3)."""
    found: dict[int, Account] = {}
    for uid, parts in _lines(text, 7):
        found.setdefault(uid, Account(parts[0], parts[5], parts[6]))
    return found


def groups(text: bytes) -> dict[int, bytes]:
    """name:password:gid:members."""
    found: dict[int, bytes] = {}
    for gid, parts in _lines(text, 3):
        found.setdefault(gid, parts[0])
    return found


def _lines(text: bytes, least: int) -> Iterator[tuple[int, list[bytes]]]:
    """Lines that say what they should: enough parts, a name, a number. libc skips the others too."""
    for line in text.split(b"\n"):
        parts = line.split(b":")
        if len(parts) < least or not parts[0] or parts[0][:1] in b"#+-":
            continue
        number = parts[2]
        if number.isdigit() and len(number) <= _MAX_ID:
            yield int(number), parts
