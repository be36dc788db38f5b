# SPDX-License-Identifier: Apache-2.0
"""The process of an event, read from the record when asked for the first time. Satisfies the engine's
Process. Many events may have the same, so what changes while it lives is asked of the session each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lanner_agent.decode import kept_strings, texts
from lanner_agent.decode.details import Details, found_at
from lanner_agent.decode.lineage import Ancestor, Creator, Leader, Lineage
from lanner_agent.decode.once import Once
from lanner_agent.decode.session import Session
from lanner_agent.kernel import record_layout
from lanner_agent.kernel.kept import of_cgroup
from lanner_agent.kernel.record_layout import (
    COMM_LEN,
    PROCESS_FACTS,
    PROCESS_NUMBERS,
    SCRIPT_SHIFT,
    ProcessFacts,
    ProcessFactsAt,
    ProcessNumbers,
    RecordAt,
    RecordFlag,
    ScriptFlag,
    StringPart,
    TextRef,
)
from lanner_engine.fields.model import Descriptor, Usage
from lanner_engine.fields.readers import process_facts

_UNSET_LOGINUID: Final = 0xFFFFFFFF
_AT: Final = RecordAt.process
_COMM_AT: Final = _AT + ProcessFactsAt.comm
_COMM_END: Final = _COMM_AT + COMM_LEN
_CWD_AT: Final = _AT + ProcessFactsAt.cwd
_EXEPATH: Final = StringPart.EXEPATH.value
_ARGS: Final = StringPart.ARGS.value
_SCRIPT: Final = StringPart.SCRIPT.value
_CGROUP: Final = StringPart.CGROUP.value
_SESSION: Final = record_layout.Leader.SESSION.value
_GROUP: Final = record_layout.Leader.GROUP.value
_FLAGS_AT: Final = RecordAt.flags
_ARGS_CUT: Final = RecordFlag.ARGS_CUT.value
_ENV_CUT: Final = RecordFlag.ENV_CUT.value
_ORPHAN: Final = RecordFlag.ORPHAN.value
_EXE_BITS: Final = (1 << SCRIPT_SHIFT) - 1
_SCRIPT_KNOWN: Final = ScriptFlag.KNOWN.value
_NO_NUMBERS: Final = ProcessNumbers._make(PROCESS_NUMBERS.unpack(bytes(PROCESS_NUMBERS.size)))
_read_process = PROCESS_FACTS.unpack_from


class Process:
    """The process an event happened in. `lineage`: where its relatives are in the record; `leaving` of its
    threads end with the event.
    """

    __slots__ = ("__dict__", "__weakref__", "_data", "_kept", "_leaving", "_lineage", "_session")

    def __init__(self, data: bytes, session: Session, lineage: TextRef, leaving: int = 0) -> None:
        self._data = data
        self._session = session
        self._kept = session.kept.view
        self._lineage = Lineage(data, session, self._kept, lineage)
        self._leaving = leaving

    @Once
    def facts(self) -> ProcessFacts:
        """Everything as the kernel wrote it."""
        return ProcessFacts._make(_read_process(self._data, _AT))

    @Once
    def numbers(self) -> ProcessNumbers:
        """All zero when no rule in force asks for any of them."""
        at, length = texts.place(self.facts.numbers)
        whole = length == PROCESS_NUMBERS.size and at + length <= len(self._data)
        return ProcessNumbers._make(PROCESS_NUMBERS.unpack_from(self._data, at)) if whole else _NO_NUMBERS

    @property
    def pid_ns(self) -> int:
        """The inode of its pid namespace; 0 when no rule in force asks for the numbers."""
        return self.numbers.pid_ns

    @Once
    def comm(self) -> bytes:
        return self._data[_COMM_AT:_COMM_END].partition(b"\0")[0]

    @Once
    def exepath(self) -> bytes:
        facts = self.facts
        return texts.before_nul(self._said(facts.exepath, facts.exec, _EXEPATH))

    def _said(self, where: TextRef, number: int, part: int) -> bytes:
        return kept_strings.text(self._data, where, number, part, self._kept)

    @Once
    def exe(self) -> bytes:
        return next(iter(self._argv), b"")

    @Once
    def args(self) -> tuple[bytes, ...]:
        return tuple(self._argv[1:])

    @Once
    def _argv(self) -> list[bytes]:
        facts = self.facts
        return texts.split(self._said(facts.args, facts.exec, _ARGS))

    @Once
    def cmdline(self) -> bytes:
        return process_facts.command_line(self.comm, self.args)

    @property
    def born(self) -> int:
        """ns since boot."""
        return self.facts.start

    @property
    def start(self) -> int:
        return self.facts.start + self._session.boot_offset

    @property
    def pidns_start(self) -> int:
        return self.numbers.pidns_start + self._session.boot_offset

    @Once
    def parent(self) -> Ancestor | None:
        return self._lineage.parent

    @Once
    def creators(self) -> tuple[Creator, ...]:
        return self._lineage.creators

    @Once
    def creator(self) -> Ancestor | Creator | None:
        if self._data[_FLAGS_AT] & _ORPHAN:
            return next(iter(self._lineage.creators), None)
        return self.parent

    @Once
    def ppid(self) -> int:
        parent = self.parent
        return 0 if parent is None else parent.pid

    @Once
    def session_leader(self) -> Process | Ancestor | Creator | Leader | None:
        return self._leader(self.numbers.sid, _SESSION)

    @Once
    def group_leader(self) -> Process | Ancestor | Creator | Leader | None:
        """Of a group whose leader has ended its oldest process."""
        return self._leader(self.numbers.pgid, _GROUP)

    def _leader(self, pid: int, which: int) -> Process | Ancestor | Creator | Leader | None:
        """The process itself, who leads now, or the relative that did until it ended. None when that is not
        known, and where no rule in force asks and it is no relative.
        """
        if self.pid == pid:
            return self
        more = self._more
        if more is not None:
            found = Leader(self._data, self._session, self._kept, more.leader(which))
            if found.pid:
                return self if found.pid == self.pid else found
        return next((one for one in self._lineage if one.pid == pid), None)

    @Once
    def loginuid(self) -> int:
        found = self.facts.loginuid
        return -1 if found == _UNSET_LOGINUID else found

    @Once
    def cgroup(self) -> bytes:
        facts = self.facts
        return texts.before_nul(self._said(facts.cgroup, of_cgroup(facts.cgroup_id), _CGROUP))

    @Once
    def container_id(self) -> bytes | None:
        """Full id, None on the host: the path of the cgroup alone says it."""
        return self._session.lookups.identify(self.cgroup)

    @Once
    def cwd(self) -> bytes | None:
        """Ends in /. None when no rule in force asks."""
        found = texts.text_at(self._data, _CWD_AT)
        return (found if found.endswith(b"/") else found + b"/") if found else None

    @Once
    def env(self) -> tuple[bytes, ...] | None:
        """As the process' memory has it now. None when no rule in force asks, or when there is none."""
        return tuple(texts.strings(self._data, self.facts.env)) or None

    @Once
    def _more(self) -> Details | None:
        """None when no rule in force asks for anything of it."""
        return found_at(self._data, self.facts.more)

    def standard(self, number: int) -> Descriptor | None:
        """Descriptor 0, 1 or 2; None when it is closed."""
        more = self._more
        return None if more is None else more.standard(number)

    @Once
    def descriptor_kinds(self) -> Mapping[int, bytes] | None:
        more = self._more
        return None if more is None else more.descriptor_kinds

    @Once
    def usage(self) -> Usage | None:
        more = self._more
        return None if more is None else more.usage

    @Once
    def cgroups(self) -> Mapping[bytes, bytes] | None:
        more = self._more
        return None if more is None else more.cgroups

    @Once
    def pid(self) -> int:
        return self.facts.pid

    @Once
    def vpid(self) -> int:
        return self.numbers.vpid

    @Once
    def tid(self) -> int:
        return self.facts.tid

    @Once
    def vtid(self) -> int:
        return self.numbers.vtid

    @Once
    def uid(self) -> int:
        return self.facts.uid

    @Once
    def gid(self) -> int:
        return self.facts.gid

    @Once
    def tty(self) -> int:
        return self.facts.tty

    @Once
    def sid(self) -> int:
        return self.numbers.sid

    @Once
    def vsid(self) -> int:
        return self.numbers.vsid

    @Once
    def pgid(self) -> int:
        return self.numbers.pgid

    @Once
    def vpgid(self) -> int:
        return self.numbers.vpgid

    @Once
    def cap_inheritable(self) -> int:
        return self.numbers.cap_inheritable

    @Once
    def cap_permitted(self) -> int:
        return self.numbers.cap_permitted

    @Once
    def cap_effective(self) -> int:
        return self.numbers.cap_effective

    @Once
    def exe_flags(self) -> int:
        return self.facts.exe_flags & _EXE_BITS

    @Once
    def args_cut(self) -> bool:
        return bool(self._data[_FLAGS_AT] & _ARGS_CUT)

    @Once
    def env_cut(self) -> bool | None:
        """None when no rule in force asks for the environment, or when there is none."""
        return bool(self._data[_FLAGS_AT] & _ENV_CUT) if self.facts.env else None

    @Once
    def script_flags(self) -> int:
        """Nothing without a script."""
        return self.facts.exe_flags >> SCRIPT_SHIFT & ~_SCRIPT_KNOWN

    @Once
    def script(self) -> bytes | None:
        """As it was given, but for a script in a descriptor: what that stands for. None when no rule in force
        asks.
        """
        facts = self.facts
        if not facts.exe_flags >> SCRIPT_SHIFT:
            return b""
        return texts.before_nul(self._said(facts.script, facts.exec, _SCRIPT)) or None

    @Once
    def exe_ino(self) -> int:
        return self.numbers.exe_ino

    @Once
    def exe_ctime(self) -> int:
        return self.numbers.exe_ctime

    @Once
    def exe_mtime(self) -> int:
        return self.numbers.exe_mtime

    @Once
    def nthreads(self) -> int:
        return max(0, self.numbers.threads - self._leaving)
