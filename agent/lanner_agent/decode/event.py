# SPDX-License-Identifier: Apache-2.0
"""A record's bytes -> the event the engine asks. Called by the pipeline for every record.

The head is read at once, everything else when a rule or an output asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from lanner_agent.decode import filesystem, flags, layout, parameters
from lanner_agent.decode.call import Call
from lanner_agent.decode.call_descriptor import CallDescriptor
from lanner_agent.decode.descriptor import Descriptor
from lanner_agent.decode.process import Process
from lanner_agent.decode.session import Session
from lanner_agent.kernel.layout import ENUMS
from lanner_engine.fields.facts import HOST, Container, NamedPath, User

_NAMES: Final = layout.NAMES
_OPENS: Final = layout.OPENS
_WITH_DESCRIPTOR: Final = layout.OPENS | layout.WITH_DESCRIPTOR
_EXECUTABLE: Final = 0o111
_CREATED: Final = flags.FILE["FILE_CREATED"]
_IO_URING: Final = ENUMS["record_flag"]["RECORD_IO_URING"]
_RESULT_UNKNOWN: Final = ENUMS["record_flag"]["RECORD_RESULT_UNKNOWN"]
_ACCESS: Final = os.O_ACCMODE
_READ: Final = frozenset({os.O_RDONLY, os.O_RDWR})
_WRITE: Final = frozenset({os.O_WRONLY, os.O_RDWR})
_read_head = layout.HEAD.unpack_from


class DecodeError(Exception):
    """Bytes that are no record of this version."""


class Event:
    """Satisfies the engine's Event. Make it with `decode`."""

    __slots__ = (
        *("_boot_time", "_call", "_container_id", "_data", "_fd", "_process", "_result", "_session", "_time"),
        *("_lineage", "cpu", "cut", "num", "type"),
    )

    def __init__(self, data: bytes, session: Session, num: int) -> None:
        _, number, _, self.cut, self._boot_time, self._result, self.cpu, self._lineage = _read_head(data)
        self.type = _NAMES[number]
        self.num = num
        self._data = data
        self._session = session
        self._process: Process | None = None
        self._call: Call | None = None
        self._fd: Descriptor | CallDescriptor | None = None
        self._time = 0
        self._container_id: bytes | None = b""  # not asked yet

    @property
    def time(self) -> int:
        if not self._time:
            self._time = self._boot_time + self._session.boot_offset
        return self._time

    @property
    def since_start(self) -> int:
        """0 for what happened before the session was made."""
        return max(0, int(self._boot_time) - self._session.began)

    @property
    def result(self) -> int | None:
        return None if self.type == "procexit" else self._result

    @property
    def through_io_uring(self) -> bool:
        """A request that io_uring carried out, and no system call."""
        return bool(self.cut & _IO_URING)

    @property
    def unfinished(self) -> bool:
        """Reported when it was submitted, since its end may not be seen; the result is a guess."""
        return bool(self.cut & _RESULT_UNKNOWN)

    @property
    def process(self) -> Process:
        found = self._process
        if found is None:
            leaving = int(self.type == "procexit")
            found = self._process = Process(self._data, self._session, self._lineage, leaving)
        return found

    @property
    def fd(self) -> Descriptor | CallDescriptor | None:
        found = self._fd
        if found is None and self.type in _WITH_DESCRIPTOR:
            found = self._fd = self._descriptor()
        return found

    def _descriptor(self) -> Descriptor | CallDescriptor:
        if self.type in _OPENS:
            return Descriptor(self._data, self.type, self._result)
        return CallDescriptor(self._data, self.type, self.call)

    @property
    def opened(self) -> Descriptor | None:
        """The descriptor of an open, None for other events."""
        fd = self.fd
        return fd if type(fd) is Descriptor else None

    @property
    def call(self) -> Call:
        """What a call without code of its own was given; only for events of such calls."""
        if self._call is None:
            self._call = Call(self._data)
        return self._call

    @property
    def open_read(self) -> bool | None:
        fd = self.opened
        return None if fd is None else fd.flags & _ACCESS in _READ

    @property
    def open_write(self) -> bool | None:
        fd = self.opened
        return None if fd is None else fd.flags & _ACCESS in _WRITE

    @property
    def open_exec(self) -> bool | None:
        fd = self.opened
        if fd is None:
            return None
        return bool(fd.facts.flags & flags.CREATING and fd.facts.mode & _EXECUTABLE)

    @property
    def open_create(self) -> bool | None:
        fd = self.opened
        return None if fd is None else bool(fd.facts.file_flags & _CREATED)

    @property
    def fs_path(self) -> NamedPath | None:
        return filesystem.one(self)

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
    def arguments(self) -> Mapping[str, bytes]:
        return parameters.Texts(self)

    @property
    def raw_arguments(self) -> Mapping[str, int | bytes]:
        return parameters.Values(self)

    @property
    def cgroup(self) -> bytes:
        """Path of the process' cgroup in the hierarchy that names containers."""
        return self.process.cgroup

    @property
    def container_id(self) -> bytes | None:
        """Full id, None on the host."""
        if self._container_id == b"":
            self._container_id = self._session.identify(self.process.cgroup)
        return self._container_id

    @property
    def container(self) -> Container:
        """Asked every time: what is known of a container grows while an event waits for it."""
        container_id = self.container_id
        return HOST if container_id is None else self._session.container(container_id)

    @property
    def user(self) -> User:
        process = self.process
        return self._session.user(self.container_id, process.pid, process.uid, process.loginuid)

    @property
    def group(self) -> bytes:
        process = self.process
        return self._session.group(self.container_id, process.pid, process.gid)

    @property
    def hostname(self) -> bytes:
        return self._session.hostname

    def names_of(self, address: bytes) -> tuple[bytes, ...]:
        """Names in rules whose hosts have the address, sorted."""
        known = self._session.host_names()
        return known.of(address, self.container.pod_namespace if known.within else None)

    def user_name(self, uid: int) -> bytes:
        """Of an account that a parameter names, as the process sees it."""
        return self._session.user(self.container_id, self.process.pid, uid, -1).name

    def group_name(self, gid: int) -> bytes:
        return self._session.group(self.container_id, self.process.pid, gid)

    def text(self, where: int) -> bytes:
        """The bytes of a text of the record."""
        return layout.text(self._data, where)

    def filename(self) -> bytes:
        """The path as given to an exec."""
        (where,) = layout.EXEC.unpack_from(self._data, layout.UNION_AT)
        return layout.text(self._data, where)

    def child(self) -> tuple[int, int, int]:
        """tid, pid and tid in its own namespace of what a fork made."""
        tid, pid, vtid = layout.FORK.unpack_from(self._data, layout.UNION_AT)
        return tid, pid, vtid

    def exit_code(self) -> int:
        """As wait(2) gives it."""
        (code,) = layout.EXIT.unpack_from(self._data, layout.UNION_AT)
        return int(code)


def decode(record: bytes | memoryview, session: Session) -> Event:
    """Raises DecodeError for what is no record: too short, or of an event that does not exist."""
    data = record if type(record) is bytes else bytes(record)
    if len(data) < layout.RECORD_SIZE:
        raise DecodeError(f"a record of {len(data)} bytes, at least {layout.RECORD_SIZE} are needed")
    try:
        event = Event(data, session, session.events + 1)
    except KeyError as error:
        raise DecodeError(f"a record of event {error}, which does not exist") from None
    session.events += 1
    return event
