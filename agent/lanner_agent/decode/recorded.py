# SPDX-License-Identifier: Apache-2.0
"""What a record says of an event, and what the session knows of who did it. The head is read at once,
everything else when a rule or an output asks for it.
"""

from __future__ import annotations

import re
import struct
from typing import Final

from lanner_agent.decode import texts
from lanner_agent.decode.call import Call
from lanner_agent.decode.call_descriptor import CallDescriptor
from lanner_agent.decode.descriptor import Descriptor
from lanner_agent.decode.process import Process
from lanner_agent.decode.session import Session
from lanner_agent.kernel import calls, tables
from lanner_agent.kernel.record_layout import (
    EXEC_EVENT_FACTS,
    EXIT_FACTS,
    FORK_FACTS,
    RECORD,
    RecordAt,
    RecordFlag,
)
from lanner_engine.fields.facts import HOST, Container, User

_NAMES: Final = {number: name for name, number in tables.EVENTS.items()}
_OPENS: Final = tables.OPENS
_WITH_DESCRIPTOR: Final = tables.OPENS | {
    name for name, call in calls.CALLS.items() if call.descriptor != calls.NONE
}
_IO_URING: Final = RecordFlag.IO_URING.value
_RESULT_UNKNOWN: Final = RecordFlag.RESULT_UNKNOWN.value
# Without the padding in place of what stands behind the head, of which most records have less.
_read_head = struct.Struct(re.sub(r"\d+x$", "", RECORD.format)).unpack_from


class RecordedEvent:
    """The part of an Event that its parameters and paths are made of."""

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

    def filename(self) -> bytes:
        """The path as given to an exec."""
        (where,) = EXEC_EVENT_FACTS.unpack_from(self._data, RecordAt.exec)
        return texts.text(self._data, where)

    def child(self) -> tuple[int, int, int]:
        """tid, pid and tid in its own namespace of what a fork made."""
        tid, pid, vtid = FORK_FACTS.unpack_from(self._data, RecordAt.fork)
        return tid, pid, vtid

    def exit_code(self) -> int:
        """As wait(2) gives it."""
        (code,) = EXIT_FACTS.unpack_from(self._data, RecordAt.exit)
        return int(code)
