# SPDX-License-Identifier: Apache-2.0
"""The process of an event and its ancestors, read from the record when asked. Satisfies the engine's Process.
Made by event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lanner_agent.decode import layout
from lanner_agent.decode.layout import AncestorFacts, ProcessFacts
from lanner_agent.decode.more import More, found_at
from lanner_agent.decode.session import Session
from lanner_agent.kernel.layout import COMM_LEN, ENUMS, SCRIPT_SHIFT, offset
from lanner_engine.fields.facts import Descriptor, Usage

_UNSET_LOGINUID: Final = 0xFFFFFFFF
_COMM_AT: Final = layout.PROCESS_AT + offset("process_facts", "comm")
_COMM_END: Final = _COMM_AT + COMM_LEN
_EXEPATH_AT: Final = layout.PROCESS_AT + offset("process_facts", "exepath")
_CWD_AT: Final = layout.PROCESS_AT + offset("process_facts", "cwd")
_CGROUP_AT: Final = layout.PROCESS_AT + offset("process_facts", "cgroup")
_SESSION: Final = ENUMS["leader"]["LEADER_SESSION"]
_GROUP: Final = ENUMS["leader"]["LEADER_GROUP"]
_FLAGS_AT: Final = offset("head", "flags")
_ARGS_CUT: Final = ENUMS["record_flag"]["RECORD_ARGS_CUT"]
_ENV_CUT: Final = ENUMS["record_flag"]["RECORD_ENV_CUT"]
_EXE_BITS: Final = (1 << SCRIPT_SHIFT) - 1
_SCRIPT_KNOWN: Final = ENUMS["script_flag"]["SCRIPT_KNOWN"]
_read_process = layout.PROCESS.unpack_from
_read_ancestor = layout.ANCESTOR.unpack_from


class Relative:
    """Another process that the record tells of, `at` which its facts lie. None: unknown."""

    __slots__ = ("_args", "_data", "_env", "_facts", "_session")
    tid: int | None = None
    ppid: int | None = None
    vtid: int | None = None
    uid: int | None = None
    gid: int | None = None
    loginuid: int | None = None
    tty: int | None = None
    sid: int | None = None
    vsid: int | None = None
    pgid: int | None = None
    vpgid: int | None = None
    nthreads: int | None = None
    cap_inheritable: int | None = None
    cap_permitted: int | None = None
    cap_effective: int | None = None
    exe_flags: int | None = None
    args_cut: bool | None = None
    env_cut: bool | None = None
    script: bytes | None = None
    script_flags: int | None = None
    exe_ino: int | None = None
    exe_ctime: int | None = None
    exe_mtime: int | None = None
    pidns_start: int | None = None
    cgroup: bytes | None = None
    cwd: bytes | None = None
    descriptor_kinds: Mapping[int, bytes] | None = None
    usage: Usage | None = None
    cgroups: Mapping[bytes, bytes] | None = None
    session_leader: Leader | None = None
    group_leader: Leader | None = None

    def __init__(self, data: bytes, session: Session, at: int) -> None:
        self._data = data
        self._session = session
        self._args: tuple[bytes, ...] | None = None
        self._env: tuple[bytes, ...] | int | None = 0  # not asked yet
        self._facts = AncestorFacts._make(_read_ancestor(data, at))

    def standard(self, number: int) -> Descriptor | None:
        return None

    @property
    def pid(self) -> int:
        return self._facts.pid

    @property
    def vpid(self) -> int:
        return self._facts.vpid

    @property
    def comm(self) -> bytes:
        return self._facts.comm.partition(b"\0")[0]

    @property
    def exepath(self) -> bytes:
        return layout.text(self._data, self._facts.exepath)

    @property
    def exe(self) -> bytes:
        return next(iter(layout.strings(self._data, self._facts.args)), b"")

    @property
    def args(self) -> tuple[bytes, ...]:
        if self._args is None:
            self._args = tuple(layout.strings(self._data, self._facts.args)[1:])
        return self._args

    @property
    def start(self) -> int:
        return self._facts.start + self._session.boot_offset

    @property
    def env(self) -> tuple[bytes, ...] | None:
        """As its memory has it now; None when it has ended."""
        found = self._env
        if isinstance(found, int):
            found = self._env = self._session.environment(self._facts.pid, self._facts.start)
        return found


class Leader(Relative):
    """The leader of the process' session or group."""

    __slots__ = ()
    parent: Leader | None = None


class Ancestor(Relative):
    """The `index`-th ancestor, 0 the parent, of `count` that are known."""

    __slots__ = ("_above", "_count", "_index")

    def __init__(self, data: bytes, session: Session, index: int, count: int) -> None:
        super().__init__(data, session, layout.ANCESTOR_AT + index * layout.ANCESTOR_SIZE)
        self._index = index
        self._count = count
        self._above: Ancestor | None = None

    @property
    def parent(self) -> Ancestor | None:
        if self._above is None and self._index + 1 < self._count:
            self._above = Ancestor(self._data, self._session, self._index + 1, self._count)
        return self._above


class Process:
    """The process an event happened in; `count` of its ancestors are in the record, and `leaving` of its
    threads end with the event.
    """

    __slots__ = ("_command", "_count", "_data", "_leaving", "_parent", "_session", "_unpacked")

    def __init__(self, data: bytes, session: Session, count: int, leaving: int = 0) -> None:
        self._data = data
        self._session = session
        self._count = count
        self._leaving = leaving
        self._unpacked: ProcessFacts | None = None
        self._command: tuple[bytes, tuple[bytes, ...]] | None = None
        self._parent: Ancestor | None = None

    @property
    def facts(self) -> ProcessFacts:
        """Everything as the kernel wrote it."""
        found = self._unpacked
        if found is None:
            found = self._unpacked = ProcessFacts._make(_read_process(self._data, layout.PROCESS_AT))
        return found

    @property
    def comm(self) -> bytes:
        return self._data[_COMM_AT:_COMM_END].partition(b"\0")[0]

    @property
    def exepath(self) -> bytes:
        return layout.text_at(self._data, _EXEPATH_AT)

    @property
    def exe(self) -> bytes:
        return self._argv()[0]

    @property
    def args(self) -> tuple[bytes, ...]:
        return self._argv()[1]

    def _argv(self) -> tuple[bytes, tuple[bytes, ...]]:
        if self._command is None:
            strings = layout.strings(self._data, self.facts.args)
            self._command = (strings[0], tuple(strings[1:])) if strings else (b"", ())
        return self._command

    @property
    def start(self) -> int:
        return self.facts.start + self._session.boot_offset

    @property
    def pidns_start(self) -> int:
        return self.facts.pidns_start + self._session.boot_offset

    @property
    def parent(self) -> Ancestor | None:
        if self._parent is None and self._count:
            self._parent = Ancestor(self._data, self._session, 0, self._count)
        return self._parent

    @property
    def ppid(self) -> int:
        parent = self.parent
        return 0 if parent is None else parent.pid

    @property
    def session_leader(self) -> Process | Ancestor | Leader | None:
        return self._leader(self.facts.sid, _SESSION)

    @property
    def group_leader(self) -> Process | Ancestor | Leader | None:
        return self._leader(self.facts.pgid, _GROUP)

    def _leader(self, pid: int, which: int) -> Process | Ancestor | Leader | None:
        """The process itself, who leads now, or whoever of the makers did until it ended. None when nobody
        knows, and where no rule in force asks and it is no ancestor.
        """
        if self.pid == pid:
            return self
        more = self._more
        if more is not None:
            found = Leader(self._data, self._session, more.leader(which))
            if found.pid == pid:
                return found
        return next((one for one in self._ancestors() if one.pid == pid), None)

    def _ancestors(self) -> Iterator[Ancestor]:
        above = self.parent
        while above is not None:
            yield above
            above = above.parent

    @property
    def loginuid(self) -> int:
        found = self.facts.loginuid
        return -1 if found == _UNSET_LOGINUID else found

    @property
    def cgroup(self) -> bytes:
        return layout.text_at(self._data, _CGROUP_AT)

    @property
    def cwd(self) -> bytes | None:
        """Ends in /. None when no rule in force asks."""
        found = layout.text_at(self._data, _CWD_AT)
        return (found if found.endswith(b"/") else found + b"/") if found else None

    @property
    def env(self) -> tuple[bytes, ...] | None:
        """As the process' memory has it now. None when no rule in force asks, or when there is none."""
        return tuple(layout.strings(self._data, self.facts.env)) or None

    @property
    def _more(self) -> More | None:
        """None when no rule in force asks for anything of it."""
        return found_at(self._data, self.facts.more)

    def standard(self, number: int) -> Descriptor | None:
        """Descriptor 0, 1 or 2; None when it is closed."""
        more = self._more
        return None if more is None else more.standard(number)

    @property
    def descriptor_kinds(self) -> Mapping[int, bytes] | None:
        more = self._more
        return None if more is None else more.descriptor_kinds

    @property
    def usage(self) -> Usage | None:
        more = self._more
        return None if more is None else more.usage

    @property
    def cgroups(self) -> Mapping[bytes, bytes] | None:
        more = self._more
        return None if more is None else more.cgroups

    @property
    def pid(self) -> int:
        return self.facts.pid

    @property
    def vpid(self) -> int:
        return self.facts.vpid

    @property
    def tid(self) -> int:
        return self.facts.tid

    @property
    def vtid(self) -> int:
        return self.facts.vtid

    @property
    def uid(self) -> int:
        return self.facts.uid

    @property
    def gid(self) -> int:
        return self.facts.gid

    @property
    def tty(self) -> int:
        return self.facts.tty

    @property
    def sid(self) -> int:
        return self.facts.sid

    @property
    def vsid(self) -> int:
        return self.facts.vsid

    @property
    def pgid(self) -> int:
        return self.facts.pgid

    @property
    def vpgid(self) -> int:
        return self.facts.vpgid

    @property
    def cap_inheritable(self) -> int:
        return self.facts.cap_inheritable

    @property
    def cap_permitted(self) -> int:
        return self.facts.cap_permitted

    @property
    def cap_effective(self) -> int:
        return self.facts.cap_effective

    @property
    def exe_flags(self) -> int:
        return self.facts.exe_flags & _EXE_BITS

    @property
    def args_cut(self) -> bool:
        return bool(self._data[_FLAGS_AT] & _ARGS_CUT)

    @property
    def env_cut(self) -> bool | None:
        """None when no rule in force asks for the environment, or when there is none."""
        return bool(self._data[_FLAGS_AT] & _ENV_CUT) if self.facts.env else None

    @property
    def script_flags(self) -> int:
        """Nothing without a script."""
        return self.facts.exe_flags >> SCRIPT_SHIFT & ~_SCRIPT_KNOWN

    @property
    def script(self) -> bytes | None:
        """As it was given, but for a script in a descriptor: what that stands for. None when no rule in force
        asks.
        """
        if not self.facts.exe_flags >> SCRIPT_SHIFT:
            return b""
        return layout.text(self._data, self.facts.script) or None

    @property
    def exe_ino(self) -> int:
        return self.facts.exe_ino

    @property
    def exe_ctime(self) -> int:
        return self.facts.exe_ctime

    @property
    def exe_mtime(self) -> int:
        return self.facts.exe_mtime

    @property
    def nthreads(self) -> int:
        return max(0, self.facts.threads - self._leaving)
