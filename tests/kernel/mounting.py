# SPDX-License-Identifier: Apache-2.0
"""Mounts that end with the process that made them."""

from __future__ import annotations

import ctypes
import os
import pathlib
from typing import Final

LIBC: Final = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNS: Final = 0x20000
_OPEN_TREE, _OPEN_TREE_CLONE, _MNT_DETACH = 428, 1, 2
_MS_BIND, _MS_REC, _MS_PRIVATE = 1 << 12, 1 << 14, 1 << 18


def own_mounts() -> None:
    """A mount namespace of the caller's own, whose mounts nobody else sees."""
    assert LIBC.unshare(_CLONE_NEWNS) == 0
    assert LIBC.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None) == 0


def mount(source: pathlib.Path, target: pathlib.Path) -> None:
    """Show a file or folder at another place."""
    assert LIBC.mount(os.fsencode(source), os.fsencode(target), None, _MS_BIND, None) == 0


def detached(folder: pathlib.Path, name: str) -> int:
    """A descriptor of the folder in a mount of it that is nowhere to be seen."""
    if name == "open_tree":
        tree = int(LIBC.syscall(ctypes.c_long(_OPEN_TREE), -100, os.fsencode(folder), _OPEN_TREE_CLONE))
        assert tree >= 0
        return tree
    mount(folder, folder)
    tree = os.open(folder, os.O_PATH)
    assert LIBC.umount2(os.fsencode(folder), _MNT_DETACH) == 0
    return tree


def mount_empty(target: pathlib.Path) -> None:
    """Hide a folder under an empty file system."""
    assert LIBC.mount(b"none", os.fsencode(target), b"tmpfs", 0, None) == 0
