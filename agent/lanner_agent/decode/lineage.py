# SPDX-License-Identifier: Apache-2.0
"""The relatives of an event's process, read from the record when asked: its ancestors, those who made one of
them or itself and are its parent no more, the leaders of its session and group. Each satisfies the engine's
Process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lanner_agent.decode import kept_strings, texts
from lanner_agent.decode.once import Once
from lanner_agent.decode.session import Session
from lanner_agent.kernel.kept import View
from lanner_agent.kernel.record_layout import (
    ANCESTOR_FACTS,
    AncestorFacts,
    AncestorFactsAt,
    StringPart,
    TextRef,
)
from lanner_engine.fields.model import Descriptor, Usage
from lanner_engine.fields.readers import process_facts

_SIZE: Final = ANCESTOR_FACTS.size
_EXEPATH: Final = StringPart.EXEPATH.value
_ARGS: Final = StringPart.ARGS.value
_LEVEL: Final = AncestorFactsAt.level
_read_ancestor = ANCESTOR_FACTS.unpack_from


class Relative:
    """Another process that the record tells of, `at` which its facts lie. None: unknown."""

    __slots__ = ("__dict__", "_data", "_env", "_facts", "_kept", "_session")
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
    creator: Creator | None = None
    creators: tuple[Creator, ...] = ()

    def __init__(self, data: bytes, session: Session, view: View, at: int) -> None:
        self._data = data
        self._session = session
        self._kept = view
        self._env: tuple[int, tuple[bytes, ...] | None] = 0, None  # and of which event it was asked
        self._facts = AncestorFacts._make(_read_ancestor(data, at))

    def standard(self, number: int) -> Descriptor | None:
        return None

    @Once
    def pid(self) -> int:
        return self._facts.pid

    @Once
    def vpid(self) -> int:
        return self._facts.vpid

    @Once
    def comm(self) -> bytes:
        return self._facts.comm.partition(b"\0")[0]

    @Once
    def exepath(self) -> bytes:
        return texts.before_nul(self._said(self._facts.exepath, _EXEPATH))

    def _said(self, where: TextRef, part: int) -> bytes:
        return kept_strings.text(self._data, where, self._facts.exec, part, self._kept)

    @Once
    def _argv(self) -> list[bytes]:
        return texts.split(self._said(self._facts.args, _ARGS))

    @Once
    def exe(self) -> bytes:
        return next(iter(self._argv), b"")

    @Once
    def args(self) -> tuple[bytes, ...]:
        return tuple(self._argv[1:])

    @Once
    def cmdline(self) -> bytes:
        return process_facts.command_line(self.comm, self.args)

    @property
    def born(self) -> int:
        """ns since boot."""
        return self._facts.start

    @property
    def start(self) -> int:
        return self._facts.start + self._session.boot_offset

    @property
    def env(self) -> tuple[bytes, ...] | None:
        """As its memory has it now; None when it has ended. Asked once for each event."""
        event, found = self._env
        if event != self._session.events:
            found = self._session.lookups.environment(self._facts.pid, self._facts.start)
            self._env = self._session.events, found
        return found


class Leader(Relative):
    """The leader of the process' session or group."""

    __slots__ = ()
    parent: Leader | None = None


class Ancestor(Relative):
    """A parent, its parent, and so on; `end` is where the record's relatives do."""

    __slots__ = ("_at", "_end")

    def __init__(self, data: bytes, session: Session, view: View, at: int, end: int) -> None:
        super().__init__(data, session, view, at)
        self._at = at
        self._end = end

    @Once
    def parent(self) -> Ancestor | None:
        return _ancestor(self._data, self._session, self._kept, self._at + _SIZE, self._end)


class Creator(Relative):
    """Who made a process and is its parent no more, as it was then."""

    __slots__ = ()
    parent: Creator | None = None


class Lineage:
    """All ancestors and creators. `where`: the record's text of them."""

    __slots__ = ("_at", "_creators", "_data", "_end", "_kept", "_parent", "_session")

    def __init__(self, data: bytes, session: Session, view: View, where: TextRef) -> None:
        self._data = data
        self._session = session
        self._kept = view
        # texts.place() without the call, since every event comes here
        self._at = where & 0xFFFF
        self._end = min(self._at + (where >> 16), len(data)) - _SIZE + 1
        self._parent: Ancestor | None = None
        self._creators: tuple[Creator, ...] | None = None

    @property
    def parent(self) -> Ancestor | None:
        """None where no rule in force asks."""
        if self._parent is None:
            self._parent = _ancestor(self._data, self._session, self._kept, self._at, self._end)
        return self._parent

    @property
    def creators(self) -> tuple[Creator, ...]:
        """The nearest first; none where no rule in force asks."""
        if self._creators is None:
            self._creators = tuple(
                Creator(self._data, self._session, self._kept, at)
                for at in range(self._at, self._end, _SIZE)
                if not self._data[at + _LEVEL]
            )
        return self._creators

    def __iter__(self) -> Iterator[Ancestor | Creator]:
        above = self.parent
        while above is not None:
            yield above
            above = above.parent
        yield from self.creators


def _ancestor(data: bytes, session: Session, view: View, at: int, end: int) -> Ancestor | None:
    """The first one from there on; of a process that was handed to another parent the creators come first."""
    while at < end and not data[at + _LEVEL]:
        at += _SIZE
    return Ancestor(data, session, view, at, end) if at < end else None
