# SPDX-License-Identifier: Apache-2.0
"""What a record says of an event, and what the session knows of who did it. The head is read at once,
everything else when a rule or an output asks for it.
"""

from __future__ import annotations

import re
import struct
from functools import partial
from typing import Final

from lanner_agent.decode import kept_strings, relatives, texts
from lanner_agent.decode.call import Call
from lanner_agent.decode.call_file import CallFile
from lanner_agent.decode.fixed import FIXED
from lanner_agent.decode.lookups import Watcher
from lanner_agent.decode.opened_file import OpenedFile
from lanner_agent.decode.process import Process
from lanner_agent.decode.processes import CUT, FACTS, IMAGE, WHO, Known
from lanner_agent.decode.session import Session
from lanner_agent.kernel import calls, tables
from lanner_agent.kernel.record_layout import (
    EXEC_EVENT_FACTS,
    EXIT_FACTS,
    FORK_FACTS,
    RECORD,
    RecordAt,
    RecordFlag,
    TextRef,
)
from lanner_engine.fields.model import HOST, Container, ExecSession, User
from lanner_engine.syscalls import table
from lanner_engine.syscalls.arguments import RingFd

_TYPES: Final = {number: (name, FIXED[number]) for name, number in tables.EVENTS.items()}
_EXIT: Final = tables.EVENTS["procexit"]
# Events with a descriptor, and whether it is an open's.
_OPENS: Final = {tables.EVENTS[name]: True for name in tables.OPENS} | {
    tables.EVENTS[name]: False for name, call in calls.CALLS.items() if call.descriptor != calls.NONE
}
# Those whose descriptor may be none.
_RINGS: Final = {
    tables.EVENTS[name]: one
    for name, row in table.CALLS.items()
    for one in row.parameters.values()
    if isinstance(one, RingFd)
}
_IO_URING: Final = RecordFlag.IO_URING.value
_STRINGS_CUT: Final = RecordFlag.STRINGS_CUT.value
_RESULT_UNKNOWN: Final = RecordFlag.RESULT_UNKNOWN.value
_LENGTH_SHIFT: Final = 16  # of a TextRef
_FIRST_WORD: Final = 64
# Without the padding in place of what stands behind the head, of which most records have less.
_read_head = struct.Struct(re.sub(r"\d+x$", "", RECORD.format)).unpack_from


class RecordedEvent:
    """The part of an Event that its parameters and paths are made of. `candidates`: which clauses of the
    index of its `generation` were left, a bit each; 0: all, since it was not asked or could not tell. `fixed`
    bytes of the record lie in front of its strings.
    """

    __slots__ = (
        *("_boot_time", "_call", "_data", "_fd", "_lineage", "_number", "_own", "_process"),
        *("_result", "_session", "_time", "_words", "candidates", "cpu", "cut", "fixed", "generation", "num"),
        "type",
    )

    def __init__(self, data: bytes, session: Session, num: int) -> None:
        (
            _,
            self._number,
            _,
            self.cut,
            self._boot_time,
            self._result,
            self.cpu,
            self._own,
            self._lineage,
            self.candidates,
            self.generation,
            self._words,
        ) = _read_head(data)
        if self._words:
            self.candidates |= _further(data, self._words)
        self.type, self.fixed = _TYPES[self._number]
        self.num = num
        self._data = data
        self._session = session
        self._process: Process | None = None
        self._call: Call | None = None
        self._fd: OpenedFile | CallFile | None = None
        self._time = 0

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
            found = self._process = self._read_process()
        return found

    def _read_process(self) -> Process:
        """That of events before, where nothing is different; an exit has one of its own."""
        data, number, lineage = self._data, self._number, self._lineage
        if number == _EXIT or not self._own:
            return Process(data, self._session, lineage, int(number == _EXIT))
        words, cut = self._words, self.cut & CUT
        begin = sum(texts.place(words)) if words else self.fixed
        facts, strings = data[FACTS], data[begin : self._own]
        processes = self._session.processes
        known: Known[Process] | None = processes.last
        if known is None or known[1] != facts or known[0] != number:
            known = processes.find((number, data[WHO]))
        if (
            known is not None
            and known[1] == facts
            and known[2] == strings
            and known[3] == lineage
            and known[4] == cut
        ):
            made = known[5]
            if known[6]:
                return made
            said = self._offer(made)
        else:
            made = Process(data, self._session, lineage)
            said = processes.comes_again(data[IMAGE]) and self._offer(made)
        processes.keep((number, data[WHO]), (number, facts, strings, lineage, cut, made, said))
        return made

    def _offer(self, process: Process) -> bool:
        """Of a process that comes again; from a record that has all of its strings."""
        facts, lineage = process.facts, self._lineage
        of_relatives = lineage and sum(texts.place(lineage)) < self._own  # where their strings are
        own = (facts.args | facts.exepath | facts.cgroup | facts.script) >> _LENGTH_SHIFT
        if self.cut & _STRINGS_CUT or not (own or of_relatives):
            return True
        return kept_strings.offer(self._session.kept, self._data, facts, lineage)

    @property
    def fd(self) -> OpenedFile | CallFile | None:
        found = self._fd
        if found is None:
            opens = _OPENS.get(self._number)
            if opens:
                found = self._fd = OpenedFile(self._data, self.type, self._result)
            elif opens is not None and not self._is_registered_ring():
                found = self._fd = CallFile(self._data, self.type, self.call)
        return found

    def _is_registered_ring(self) -> bool:
        """What the kernel side found by such a number is another file."""
        ring = _RINGS.get(self._number)
        return ring is not None and bool(self.call.args[ring.said] & ring.registered)

    @property
    def opened(self) -> OpenedFile | None:
        """The descriptor of an open, None for other events."""
        fd = self.fd
        return fd if type(fd) is OpenedFile else None

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
        return self.process.container_id

    @property
    def container(self) -> Container:
        """Asked every time: what is known of a container grows while an event waits for it."""
        container_id = (self._process or self.process).container_id
        return HOST if container_id is None else self._session.lookups.container(container_id)

    @property
    def watcher(self) -> Watcher:
        return self._session.lookups.watcher

    @property
    def exec_session(self) -> ExecSession | None:
        """Asked every time: who it was may be told a moment after it began."""
        if self.container_id is None:
            return None
        found = self._session.lookups.exec_session
        return found(self.type, self.time, self.container, partial(relatives.of, self.process))

    @property
    def user(self) -> User:
        process = self.process
        return self._session.lookups.user(self.container_id, process.pid, process.uid, process.loginuid)

    @property
    def group(self) -> bytes:
        process = self.process
        return self._session.lookups.group(self.container_id, process.pid, process.gid)

    @property
    def hostname(self) -> bytes:
        return self._session.lookups.hostname

    def names_of(self, address: bytes) -> tuple[bytes, ...]:
        """Names in rules whose hosts have the address, sorted."""
        known = self._session.lookups.host_names()
        return known.names_of(address, self.container.pod_namespace if known.within else None)

    def user_name(self, uid: int) -> bytes:
        """Of an account that a parameter names, as the process sees it."""
        return self._session.lookups.user(self.container_id, self.process.pid, uid, -1).name

    def group_name(self, gid: int) -> bytes:
        return self._session.lookups.group(self.container_id, self.process.pid, gid)

    def filename(self) -> bytes:
        """The path as given to an exec."""
        (where,) = EXEC_EVENT_FACTS.unpack_from(self._data, RecordAt.exec)
        return texts.text(self._data, where)

    def child(self) -> tuple[int, int, int]:
        """tid, pid and tid in its own namespace of what a fork made."""
        tid, pid, vtid, _ = FORK_FACTS.unpack_from(self._data, RecordAt.fork)
        return tid, pid, vtid

    def fork_flags(self) -> int:
        """CLONE_*, without the signal at the end."""
        return int(FORK_FACTS.unpack_from(self._data, RecordAt.fork)[3])

    def exit_code(self) -> int:
        """As wait(2) gives it."""
        (code,) = EXIT_FACTS.unpack_from(self._data, RecordAt.exit)
        return int(code)


def _further(data: bytes, words: TextRef) -> int:
    """The clauses behind those of the first word."""
    at, length = texts.place(words)
    return int.from_bytes(data[at : at + length], "little") << _FIRST_WORD
