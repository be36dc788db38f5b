# SPDX-License-Identifier: Apache-2.0
"""By which processes a container's sessions are known, bounded. What no person began, as probes, pushes out
no session; of sessions the one with the most processes loses its oldest, and last of all its first.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import Final

from lanner_agent.decode.lookups import Relatives
from lanner_agent.enrich.exec_heard import Where
from lanner_engine.fields.model import ExecSession

PROCESSES: Final = 256  # of one container: of sessions, and as many that are of none
CONTAINERS: Final = 1024

Key = tuple[int, int]  # pid and start, ns since boot


@dataclass(frozen=True, slots=True)
class Start:
    """A session's first program. `command`: its arguments, as far as the record has them; `began`, `at`: its
    process and its exec, ns since the epoch.
    """

    where: Where
    command: tuple[bytes, ...]
    whole: bool
    terminal: bool
    began: int
    at: int


@dataclass(slots=True)
class Session:
    """`first`: its first process. `start`: while its user may still be found. `is_prepared`: it is the
    runtime itself yet, that becomes the session's first program.
    """

    first: Key
    start: Start | None
    found: ExecSession | None = None
    is_prepared: bool = False


@dataclass(slots=True)
class _Container:
    bound: OrderedDict[Key, Session] = field(default_factory=OrderedDict)
    others: OrderedDict[Key, Session] = field(default_factory=OrderedDict)


@dataclass(slots=True)
class Remembered:
    """Counts what it forgets of sessions whose user is known."""

    counts: Counter[str]
    _containers: OrderedDict[Where, _Container] = field(default_factory=OrderedDict)

    def of(self, where: Where, relatives: Relatives) -> Session | None:
        """That of the process, or of the nearest of those before it that is known."""
        own = self._containers.get(where)
        if own is None:
            return None
        self._containers.move_to_end(where)
        for key, _ in relatives:
            session = own.bound.get(key) or own.others.get(key)
            if session is not None:
                _touch(own, key, session)
                return session
        return None

    def keep(self, where: Where, key: Key, session: Session) -> None:
        own = self._containers.setdefault(where, _Container())
        if session.found is None:
            own.others[key] = session
            if len(own.others) > PROCESSES:
                own.others.popitem(last=False)
        else:
            own.bound |= dict.fromkeys((key, session.first), session)
            for one in (key, session.first):
                own.others.pop(one, None)
            _touch(own, key, session)
            self._make_room(own)
        if len(self._containers) > CONTAINERS:
            self._forget_one()

    def _make_room(self, own: _Container) -> None:
        if len(own.bound) <= PROCESSES:
            return
        sizes = Counter(one.first for one in own.bound.values())
        most = max(sizes.values())
        del own.bound[next(key for key, one in own.bound.items() if sizes[one.first] == most)]
        self.counts["forgotten"] += 1

    def _forget_one(self) -> None:
        """A container without anybody's session, else the one that was asked about longest ago."""
        where = next((name for name, one in self._containers.items() if not one.bound), None)
        gone = self._containers.pop(next(iter(self._containers)) if where is None else where)
        self.counts["forgotten"] += len(gone.bound)


def _touch(own: _Container, key: Key, session: Session) -> None:
    """The first process goes last, since the others are known by it."""
    for one in (key, session.first):
        for known in (own.bound, own.others):
            if one in known:
                known.move_to_end(one)
