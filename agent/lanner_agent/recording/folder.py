# SPDX-License-Identifier: Apache-2.0
"""A folder that recordings lie in: new files, mode 0600, and their names. The files of other users there
are neither written to, followed nor removed.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from lanner_agent.publish import escape
from lanner_agent.recording.errors import RecordingError

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MODE: Final = 0o600
_FOLDER_MODE: Final = 0o700


class Appended:
    """A new file. `size`: its bytes."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size = 0

    def append(self, data: bytes) -> None:
        """All of it, or nothing of it. Raises OSError."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self.size)
                os.lseek(self._descriptor, self.size, os.SEEK_SET)
            raise
        self.size += len(data)

    def close(self) -> None:
        with suppress(OSError):  # on a network's disk: what was written before may not be there
            os.close(self._descriptor)


class Folder:
    """Held open: it stays the same folder when the names that led to it change."""

    def __init__(self, path: Path, make: bool = False) -> None:
        """Raises RecordingError. `make` it, where its own folder is."""
        self.path = path
        try:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(path, _FOLDER_MODE)
            self._descriptor = os.open(path, _FOLDER)
        except OSError as error:
            raise self._error("open", "", error) from error

    def create(self, name: str) -> Appended:
        """Raises OSError, FileExistsError among them."""
        descriptor = os.open(name, _NEW, _MODE, dir_fd=self._descriptor)
        os.fchmod(descriptor, _MODE)  # whatever umask the agent was started with
        return Appended(descriptor)

    def shift(self, name: str, files: int) -> None:
        """NAME becomes NAME.1, that NAME.2; `files` - 1 of all stay, and all where there is no NAME. Raises
        RecordingError, OSError.
        """
        names = [name, *(f"{name}.{number}" for number in range(1, files))]
        there = [self._require_own(one) for one in names]
        if not there[0]:
            return
        for older, newer in zip(reversed(names), reversed(names[:-1]), strict=False):
            with suppress(FileNotFoundError):
                os.rename(newer, older, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        if files == 1:
            self.remove(name)

    def remove(self, name: str) -> None:
        """Of this user's own files only; others are not seen here."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._descriptor)

    def names(self, ending: str) -> Iterator[str]:
        """Names that end so. Raises OSError."""
        return (one for one in os.listdir(self._descriptor) if one.endswith(ending))

    def close(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _require_own(self, name: str) -> bool:
        """What is there must be a file of this user, with no other name. False where nothing is."""
        try:
            found = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        if not (stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_nlink == 1):
            message = f"{escape.shown(str(self.path / name))} is no file of this user's own"
            raise RecordingError(message, "name another file for the recording, or move that one away")
        return True

    def _error(self, what: str, name: str, error: OSError) -> RecordingError:
        where = escape.shown(str(self.path / name))
        hint = "its own folder must be there" if error.errno == errno.ENOENT else ""
        return RecordingError(f"cannot {what} {where}: {(error.strerror or str(error)).lower()}", hint)
