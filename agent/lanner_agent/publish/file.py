# SPDX-License-Identifier: Apache-2.0
"""A file as an output: a line for each alert, whole lines only.

Opened again when its name stands for another file or for none, which is looked at before each write and every
second, and on SIGHUP: logrotate works by moving, by copying and truncating, and by a signal.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Sequence
from typing import Final

from lanner_agent.publish import forms
from lanner_agent.publish.output import Given
from lanner_agent.publish.sending.carrier import LaterError, Opened
from lanner_agent.publish.sending.delivery import Delivery
from lanner_agent.publish.settings.file import FileSettings
from lanner_agent.publish.snapshot import Snapshot

BATCH: Final = 500
NOT_REGULAR: Final = "this is no regular file"
# O_NONBLOCK: opening a pipe without a reader would wait for ever.
_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK


def made(given: Given) -> Delivery | None:
    """Where the settings name a file."""
    settings = given.settings.file
    if settings is None:
        return None
    form = forms.FORMS[settings.form]
    return Delivery("file", File(settings, lambda alert: form(alert, given.hide)), settings, given.say)


class File(Opened):
    """A Carrier. No other program writes into the file."""

    batch: Final = BATCH

    def __init__(self, settings: FileSettings, form: Callable[[Snapshot], bytes]) -> None:
        self.target = str(settings.path)
        self.form = form
        self._mode = int(settings.mode, 8)
        self._descriptor: int | None = None
        self._which: tuple[int, int] | None = None  # device and inode

    def send(self, formed: Sequence[bytes]) -> int:
        self._follow()
        descriptor = self._open() if self._descriptor is None else self._descriptor
        data = memoryview(b"".join(formed))
        begin, written = os.fstat(descriptor).st_size, 0
        try:
            while written < len(data):
                written += os.write(descriptor, data[written:])
        except OSError as error:
            raise LaterError(
                error.strerror or str(error), sent=self._whole(formed, begin, written)
            ) from error
        return len(formed)

    def idle(self) -> None:
        """A file that was deleted takes its room until it is closed; what cannot be opened is told before an
        alert comes.
        """
        self._follow()
        if self._descriptor is None:
            self._open()

    def close(self) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(
                OSError
            ):  # on a network's disk: what was written before may not be there
                os.close(self._descriptor)
            self._descriptor = self._which = None

    def _open(self) -> int:
        descriptor = self._opened()
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            os.close(descriptor)
            raise LaterError(NOT_REGULAR)
        self._descriptor, self._which = descriptor, (found.st_dev, found.st_ino)
        return descriptor

    def _opened(self) -> int:
        try:
            made = os.open(self.target, _FLAGS | os.O_CREAT | os.O_EXCL, self._mode)
        except FileExistsError:
            return _existing(self.target)
        with contextlib.suppress(OSError):  # disks without modes
            os.fchmod(made, self._mode)  # whatever umask the agent was started with
        return made

    def _follow(self) -> None:
        """Closes a file that has another name now, or none."""
        if self._descriptor is None:
            return
        try:
            found = os.stat(self.target)
            there = found.st_dev, found.st_ino
        except OSError:
            there = None
        if there != self._which:
            self.close()

    def _whole(self, formed: Sequence[bytes], begin: int, written: int) -> int:
        """How many lines are in the file; what there is of one more is taken out again."""
        number = length = 0
        while number < len(formed) and length + len(formed[number]) <= written:
            length += len(formed[number])
            number += 1
        if length < written and self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, begin + length)
        return number


def _existing(path: str) -> int:
    try:
        return os.open(path, _FLAGS)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a pipe without a reader, a socket
            raise LaterError(NOT_REGULAR) from error
        raise
