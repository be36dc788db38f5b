# SPDX-License-Identifier: Apache-2.0
"""Who entered a container: notices of the operator are bound to the sessions that the runtime starts, and
hold for their descendants.

A session begins with an exec of a process that a container runtime made, from outside. It is that of a notice
when it has the container and the command, and begins at its time. A descendant is known by its ancestors and
creators, which the kernel side remembers by pid and start. Everything is bounded, and what is not bound is
counted.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from lanner_agent.decode.lookups import Relatives
from lanner_engine.fields.model import Container, ExecSession, Process
from lanner_engine.resources import exec_notice
from lanner_engine.resources.exec_notice import ExecNotice

EARLY_NS: Final = 1_000_000_000  # that a session may begin before its notice comes
OLD_NS: Final = 30_000_000_000  # that a notice may have waited for a watch that was away
LATE_NS: Final = 10_000_000_000  # that a session may begin after its notice
ATTACHED_NS: Final = 3_600_000_000_000  # for which who attached is named: nothing says when they leave
NOTICES: Final = 256
SESSIONS: Final = 256  # and descendants that made alerts, of one container
CONTAINERS: Final = 1024
SAID: Final = 8  # users that an ambiguous session names
RUNTIMES: Final = frozenset({b"runc", b"crun", b"youki", b"conmon", b"containerd-shim"})
_EXECS: Final = frozenset({"execve", "execveat"})
_PREPARING: Final = (b"init",)  # the arguments of runc in the container, before it executes what is asked for
_ARGUMENTS: Final = 2  # at most, that an interpreter has in front of its script

Key = tuple[int, int]  # pid and start, ns since the epoch
Where = tuple[str, str]  # uid of a pod, name of a container
COUNTED: Final = ("heard", "bound", "ambiguous", "unmatched", "crowded", "unreadable")


@dataclass(slots=True)
class _Heard:
    notice: ExecNotice
    since: int  # ns since the epoch, by this node's clock: a session is its from then
    until: int
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """A session's first program. `command`: its arguments, as far as the record has them."""

    where: Where
    command: tuple[bytes, ...]
    whole: bool
    at: int


@dataclass(slots=True)
class _Session:
    """`is_prepared`: it is the runtime itself still, that becomes the session's first program."""

    start: Start | None
    found: ExecSession | None = None
    is_prepared: bool = False


@dataclass(slots=True)
class ExecSessions:
    """`hear` may be called by any thread, all else belongs to the loop's. `strict`: pids of the node are the
    kernel's own, so that a process outside of all containers can be told by them.
    """

    strict: bool = True
    now: Callable[[], int] = time.time_ns
    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(COUNTED, 0)))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _heard: OrderedDict[str, _Heard] = field(default_factory=OrderedDict)
    _known: OrderedDict[Where, OrderedDict[Key, _Session]] = field(default_factory=OrderedDict)
    _debugged: OrderedDict[Where, ExecSession] = field(default_factory=OrderedDict)

    def hear(self, notice: ExecNotice) -> None:
        """A notice has come; the same one again is nothing new."""
        now = self.now()
        since = max(now - OLD_NS, min(now, notice.at)) - EARLY_NS
        life = ATTACHED_NS if notice.verb == exec_notice.ATTACH else LATE_NS
        with self._lock:
            self._forget(now)
            if notice.id in self._heard:
                return
            self.counts["heard"] += 1
            self._heard[notice.id] = _Heard(notice, since, now + life)
            while len(self._heard) > NOTICES:
                self._heard.popitem(last=False)
                self.counts["crowded"] += 1

    def find(self, kind: str, at: int, container: Container, relatives: Relatives) -> ExecSession | None:
        """See decode's Lookups."""
        if container.pod_uid is None or container.name is None or not relatives:
            return None
        where = _text(container.pod_uid), _text(container.name)
        process = relatives[0][1]
        session = self._remembered(where, relatives)
        if kind in _EXECS and (session is None or session.is_prepared) and self._is_from_outside(process):
            start = Start(where, (process.exe, *process.args), not process.args_cut, at)
            session = _Session(start, is_prepared=process.args == _PREPARING)
            self._remember(where, relatives[0][0], session)
        found = None if session is None else self._of(session)
        if session is None or found is None:
            return self._of_container(where, at, bool(process.tty))
        self._remember(where, relatives[0][0], session)
        return found

    def _remembered(self, where: Where, relatives: Relatives) -> _Session | None:
        known = self._known.get(where)
        if known is None:
            return None
        self._known.move_to_end(where)
        for key, _ in relatives:
            if key in known:
                known.move_to_end(key)
                return known[key]
        return None

    def _remember(self, where: Where, key: Key, session: _Session) -> None:
        """Each container has a number of its own, so that none pushes out the sessions of another."""
        known = self._known.setdefault(where, OrderedDict())
        known[key] = session
        if len(known) > SESSIONS:
            known.popitem(last=False)
        if len(self._known) > CONTAINERS:
            self._known.popitem(last=False)

    def _is_from_outside(self, process: Process) -> bool:
        """Made by a runtime. What is in a container may be called like one, but has another pid in it."""
        return any(
            one is not None and one.comm[:15] in RUNTIMES and (not self.strict or one.vpid == one.pid)
            for one in (process.parent, process.creator)
        )

    def _of(self, session: _Session) -> ExecSession | None:
        """A notice may come after its session has begun."""
        start = session.start
        if start is not None:
            session.found = self._bound(start)
            if session.found is not None or self.now() > start.at + LATE_NS:
                session.start = None
        return session.found

    def _bound(self, start: Start) -> ExecSession | None:
        with self._lock:
            found = [
                one for one in self._living(exec_notice.EXEC, start.where, start.at) if _is_of(one, start)
            ]
            if not found:
                return None
            users = {one.notice.user for one in found}
            self.counts["bound" if len(users) == 1 else "ambiguous"] += 1
            if len(users) == 1:
                found[0].taken = True
        return _session([one.notice for one in found])

    def _of_container(self, where: Where, at: int, terminal: bool) -> ExecSession | None:
        """Who attached to what runs there, else who made the container by kubectl debug."""
        with self._lock:
            if self._heard:
                for one in self._living(exec_notice.DEBUG, where, at):
                    one.taken = True
                    self.counts["bound"] += 1
                    self._debugged[where] = _session([one.notice])
                    if len(self._debugged) > CONTAINERS:
                        self._debugged.popitem(last=False)
            attached = [one for one in self._living(exec_notice.ATTACH, where, at) if one.notice.stdin]
            attached = [one for one in attached if terminal or not one.notice.tty]
            for one in attached:
                if not one.taken:
                    one.taken = True
                    self.counts["bound"] += 1
        return _session([one.notice for one in attached]) if attached else self._debugged.get(where)

    def _living(self, verb: str, where: Where, at: int) -> Iterator[_Heard]:
        for one in list(self._heard.values()):
            notice = one.notice
            free = not one.taken or verb == exec_notice.ATTACH
            same = notice.verb == verb and (notice.pod_uid, notice.container) == where
            if free and same and one.since <= at <= one.until:
                yield one

    def _forget(self, now: int) -> None:
        for name in [name for name, one in self._heard.items() if one.until + LATE_NS < now]:
            if not self._heard.pop(name).taken:
                self.counts["unmatched"] += 1


def _is_of(heard: _Heard, start: Start) -> bool:
    """The same command; of a script what its interpreter makes of it."""
    notice, given = heard.notice, start.command
    if start.whole and exec_notice.digest_of(given) == notice.digest:
        return True
    if exec_notice.CUT in notice.command[-1:] or not start.whole:
        shown = [one.encode() for one in notice.command]
        known = min(len(shown), len(given)) - 1
        return known > 0 and list(given[:known]) == shown[:known]
    shown = [one.encode() for one in notice.command]
    return any(
        [*given[skipped:]][1:] == shown[1:] and given[skipped].endswith(b"/" + shown[0].rpartition(b"/")[2])
        for skipped in range(1, _ARGUMENTS + 1)
        if shown and len(given) > skipped
    )


def _session(notices: Sequence[ExecNotice]) -> ExecSession:
    """One who it was, or all who it may have been."""
    users = sorted({one.user for one in notices})
    last = notices[-1]
    command = tuple(one.encode() for one in last.command)
    if len(users) == 1:
        groups = tuple(one.encode() for one in last.groups)
        return ExecSession(last.verb.encode(), users[0].encode(), groups, command)
    said = users if len(users) <= SAID else [*users[:SAID], exec_notice.CUT]
    return ExecSession(last.verb.encode(), " or ".join(said).encode(), (), command, ambiguous=True)


def _text(content: bytes) -> str:
    return content.decode(errors="replace")
