# SPDX-License-Identifier: Apache-2.0
"""Readings of the descriptor an event creates or uses: directory and file part of its path.

Absent is None (specification 3.1 and trap 21).
"""

from __future__ import annotations

from lanner_engine.fields.model import Descriptor

_FILES = (b"f", b"d")
_UNKNOWN = b"o"  # of a failed open, whose arguments say where


def directory(fd: Descriptor | None) -> bytes | None:
    """`/` of `/x`, `/a` of `/a/b`; a directory's own path for a directory."""
    name = None if fd is None else fd.name
    if fd is None or name is None:
        return None
    letter = fd.typechar
    if letter not in _FILES and not (letter == _UNKNOWN and fd.num < 0):
        return None
    if letter == b"d":
        return name
    head, slash, tail = name.rpartition(b"/")
    return head or b"/" if tail or not slash else name


def filename(fd: Descriptor | None) -> bytes | None:
    """What follows the last slash, of `/` that itself; absent for a failed open and for what is no file."""
    if fd is None or fd.name is None or fd.num < 0 or fd.typechar != b"f":
        return None
    _, slash, tail = fd.name.rpartition(b"/")
    return (tail or fd.name) if slash else b"/"


def in_container(prefix: bytes, path: bytes | None) -> bytes | None:
    return None if path is None else b"%s:%s" % (prefix, path)
