# SPDX-License-Identifier: Apache-2.0
"""Who entered a container: notices of the operator are bound to the sessions that the runtime starts, and
hold for their descendants.

A session begins with an exec of a process that a container runtime made, from outside. It is that of a notice
when it has the container, the command and a terminal as asked for, and its process is not older. A
descendant is known by its ancestors and creators, which the kernel side remembers by pid and start.
Everything is bounded, and what is not bound is counted.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from lanner_agent.decode.lookups import Relatives
from lanner_agent.enrich import exec_matching
from lanner_agent.enrich.exec_heard import LATE_NS, Heard, HeardNotices, Where
from lanner_agent.enrich.exec_remembered import CONTAINERS, Remembered, Session, Start
from lanner_engine.fields.model import Container, ExecSession, Process
from lanner_engine.resources import exec_notice
from lanner_engine.resources.exec_notice import ExecNotice

SAID: Final = 8  # users that an ambiguous session names
RUNTIMES: Final = frozenset({b"runc", b"crun", b"youki", b"conmon", b"containerd-shim"})
COUNTED: Final = ("heard", "bound", "ambiguous", "unmatched", "crowded", "forgotten", "unreadable")
_EXECS: Final = frozenset({"execve", "execveat"})
_PREPARING: Final = (b"init",)  # the arguments of runc in the container, before it executes what is asked for


class ExecSessions:
    """`hear` may be called by any thread, all else belongs to the loop's. `strict`: pids of the node are the
    kernel's own, so that a process outside of all containers can be told by them.
    """

    def __init__(self, *, strict: bool = True, now: Callable[[], int] = time.time_ns) -> None:
        self.counts: Final = Counter(dict.fromkeys(COUNTED, 0))
        self._strict = strict
        self._now = now
        self._heard = HeardNotices(self.counts)
        self._remembered = Remembered(self.counts)
        self._debugged: OrderedDict[Where, ExecSession] = OrderedDict()

    def hear(self, notice: ExecNotice) -> None:
        """A notice has come; the same one again is nothing new."""
        self._heard.hear(notice, self._now())

    def find(self, kind: str, at: int, container: Container, relatives: Relatives) -> ExecSession | None:
        """See decode's Lookups."""
        if container.pod_uid is None or container.name is None or not relatives:
            return None
        where = _text(container.pod_uid), _text(container.name)
        key, process = relatives[0]
        session = self._remembered.of(where, relatives)
        if kind in _EXECS and (session is None or session.is_prepared) and self._is_from_outside(process):
            session = Session(key, _start(where, process, at), is_prepared=process.args == _PREPARING)
            self._remembered.keep(where, key, session)
        found = None if session is None else self._of(session)
        if session is None or found is None:
            return self._of_container(where, at, bool(process.tty))
        self._remembered.keep(where, key, session)
        return found

    def _is_from_outside(self, process: Process) -> bool:
        """Made by a runtime. What is in a container may be called like one, but has another pid in it."""
        return any(
            one is not None and one.comm[:15] in RUNTIMES and (not self._strict or one.vpid == one.pid)
            for one in (process.parent, process.creator)
        )

    def _of(self, session: Session) -> ExecSession | None:
        """A notice may come after its session has begun."""
        start = session.start
        if start is not None:
            session.found = self._bound(start)
            if session.found is not None or self._now() > start.at + LATE_NS:
                session.start = None
        return session.found

    def _bound(self, start: Start) -> ExecSession | None:
        with self._heard.lock:
            living = self._heard.living(exec_notice.EXEC, start.where, start.at)
            found = [one for one in living if _is_of(one, start)]
            if not found:
                return None
            users = {one.notice.user for one in found}
            self.counts["bound" if len(users) == 1 else "ambiguous"] += 1
            if len(users) == 1:
                found[0].taken = True
        return _session([one.notice for one in found])

    def _of_container(self, where: Where, at: int, terminal: bool) -> ExecSession | None:
        """Who attached to what runs there, else who made the container by kubectl debug."""
        if not self._heard:
            return self._debugged.get(where)
        with self._heard.lock:
            for one in self._heard.living(exec_notice.DEBUG, where, at):
                self._take(one)
                self._debug(where, one.notice)
            attached = [one for one in self._heard.living(exec_notice.ATTACH, where, at) if one.notice.stdin]
            attached = [one for one in attached if terminal or not one.notice.tty]
            for one in attached:
                self._take(one)
        return _session([one.notice for one in attached]) if attached else self._debugged.get(where)

    def _take(self, one: Heard) -> None:
        if not one.taken:
            one.taken = True
            self.counts["bound"] += 1

    def _debug(self, where: Where, notice: ExecNotice) -> None:
        self._debugged[where] = _session([notice])
        if len(self._debugged) > CONTAINERS:
            self._debugged.popitem(last=False)
            self.counts["forgotten"] += 1


def _start(where: Where, process: Process, at: int) -> Start:
    command = (process.exe, *process.args)
    return Start(where, command, not process.args_cut, bool(process.tty), process.start, at)


def _is_of(heard: Heard, start: Start) -> bool:
    """What was there before it was asked for is another: the first process of a container has a parent
    outside of it too, and may execute what it likes.
    """
    notice = heard.notice
    fits = start.began >= heard.since and start.terminal == notice.tty
    return fits and exec_matching.is_of(notice, start.command, whole=start.whole)


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
