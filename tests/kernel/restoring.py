# SPDX-License-Identifier: Apache-2.0
"""A folder as it was: what a deed made in it is removed, what it changed or removed is there again. Whatever
the deed left alone stays the same file.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Kept:
    """`content`: of a file its bytes, of a link where it leads."""

    status: os.stat_result
    content: bytes


def keeper(folder: pathlib.Path) -> Callable[[], None]:
    """Restores the folder as it is now, whenever it is called."""
    kept = {path: _kept(path) for path in (folder, *sorted(folder.rglob("*")))}

    def restore() -> None:
        for path in sorted(folder.rglob("*"), reverse=True):
            if path not in kept or not _same(path, kept[path]):
                _remove(path)
        for path, one in kept.items():
            if not os.path.lexists(path):
                _make(path, one)

    return restore


def _kept(path: pathlib.Path) -> _Kept:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return _Kept(status, os.fsencode(os.readlink(path)))
    return _Kept(status, path.read_bytes() if stat.S_ISREG(status.st_mode) else b"")


def _same(path: pathlib.Path, kept: _Kept) -> bool:
    found = _kept(path)
    a, b = found.status, kept.status
    owned = (a.st_mode, a.st_uid, a.st_gid) == (b.st_mode, b.st_uid, b.st_gid)
    return owned and found.content == kept.content


def _remove(path: pathlib.Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _make(path: pathlib.Path, kept: _Kept) -> None:
    mode = kept.status.st_mode
    if stat.S_ISDIR(mode):
        path.mkdir()
    elif stat.S_ISLNK(mode):
        path.symlink_to(os.fsdecode(kept.content))
    elif stat.S_ISREG(mode):
        path.write_bytes(kept.content)
    else:
        os.mknod(path, mode, kept.status.st_rdev)
    os.chown(path, kept.status.st_uid, kept.status.st_gid, follow_symlinks=False)
    if not stat.S_ISLNK(mode):
        path.chmod(stat.S_IMODE(mode))
