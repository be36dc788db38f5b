# SPDX-License-Identifier: Apache-2.0
"""A record's bytes -> the event the engine asks: what the record says, its paths and its parameters."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping
from typing import Final

from lanner_agent.decode import filesystem, flags, parameters, target
from lanner_agent.decode.call_file import CallFile
from lanner_agent.decode.fixed import LEAST, of_event
from lanner_agent.decode.opened_file import OpenedFile
from lanner_agent.decode.recorded import RecordedEvent
from lanner_agent.decode.session import Session
from lanner_agent.kernel.record_layout import FileFlag, RecordAt
from lanner_engine.fields.model import NamedPath
from lanner_engine.source import LannerError

_EXECUTABLE: Final = 0o111
_CREATED: Final = FileFlag.CREATED.value
_ACCESS: Final = os.O_ACCMODE
_READ: Final = frozenset({os.O_RDONLY, os.O_RDWR})
_WRITE: Final = frozenset({os.O_WRONLY, os.O_RDWR})
_NUMBER: Final = struct.Struct(f"<{RecordAt.event}xH")


class DecodeError(LannerError):
    """Bytes that are no record of this version."""


class Event(RecordedEvent):
    """Satisfies the engine's Event. Make it with `decode`."""

    __slots__ = ()

    @property
    def open_read(self) -> bool | None:
        fd = self._fd or self.fd
        return fd.flags & _ACCESS in _READ if type(fd) is OpenedFile else None

    @property
    def open_write(self) -> bool | None:
        fd = self._fd or self.fd
        return fd.flags & _ACCESS in _WRITE if type(fd) is OpenedFile else None

    @property
    def open_exec(self) -> bool | None:
        fd = self.opened
        if fd is None:
            return None
        return bool(fd.facts.flags & flags.CREATING and fd.facts.mode & _EXECUTABLE)

    @property
    def open_create(self) -> bool | None:
        """The kernel does not call a file of O_TMPFILE created; it is one that worked."""
        fd = self.opened
        if fd is None:
            return None
        return bool(fd.facts.file_flags & _CREATED or (fd.num >= 0 and fd.flags & flags.TMPFILE))

    @property
    def fs_path(self) -> NamedPath | None:
        return filesystem.only_path(self)

    @property
    def fs_source(self) -> NamedPath | None:
        return filesystem.source(self)

    @property
    def fs_target(self) -> NamedPath | None:
        return filesystem.target(self)

    @property
    def at_paths(self) -> tuple[bytes | None, ...]:
        return filesystem.relative(self)

    @property
    def on_agent(self) -> bool:
        return target.is_agent(self, self.raw_arguments)

    @property
    def fast_open(self) -> bool:
        fd = self._fd or self.fd
        return type(fd) is CallFile and fd.fast_open

    @property
    def arguments(self) -> Mapping[str, bytes]:
        return parameters.Texts(self)

    @property
    def raw_arguments(self) -> Mapping[str, int | bytes]:
        return parameters.Values(self)


def fixed(data: bytes) -> int:
    """The bytes of a record in front of its strings."""
    return of_event(_NUMBER.unpack_from(data)[0]) if len(data) >= LEAST else LEAST


def _too_short(data: bytes) -> DecodeError:
    return DecodeError(f"a record of {len(data)} bytes, at least {fixed(data)} are needed")


def decode(record: bytes | memoryview, session: Session) -> Event:
    """Raises DecodeError for what is no record: too short, or of an event that does not exist."""
    return decoder(session)(bytes(record))


def decoder(session: Session) -> Callable[[bytes], Event]:
    """`decode` of many records."""
    least = LEAST

    def decode_one(data: bytes) -> Event:
        if len(data) < least:
            raise _too_short(data)
        num = session.events + 1
        try:
            event = Event(data, session, num)
        except KeyError as error:
            raise DecodeError(f"a record of event {error}, which does not exist") from None
        if len(data) < event.fixed:
            raise _too_short(data)
        session.events = num
        return event

    return decode_one
