# SPDX-License-Identifier: Apache-2.0
"""Readings of the paths that calls name. Absent is None."""

from __future__ import annotations

from lanner_engine.fields.model import Event, NamedPath


def only_path(event: Event) -> NamedPath | None:
    """The path that a call worked on: of an open, what it opened."""
    if event.open_read is None:
        return event.fs_path
    fd = event.fd
    return None if fd is None or fd.num < 0 else NamedPath(fd.name, fd.nameraw)


def absolute(event: Event, side: str = "src") -> bytes | None:
    """The absolute path of a call relative to a directory, whether or not it worked; `dst` is the second of a
    call with two.
    """
    paths = event.at_paths
    return None if not paths else paths[-1 if side == "dst" else 0]
