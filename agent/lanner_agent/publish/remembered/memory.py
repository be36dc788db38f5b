# SPDX-License-Identifier: Apache-2.0
"""Alerts in memory, newest kept. When all of it is full the oldest goes; when the share of who made an alert
is full, the oldest of that share goes, so that a flood pushes out its own alerts and no others.

The shares are those of the outputs' queues (sending/shares), and nine tenths are for what is not urgent.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lanner_agent.publish.sending import shares
from lanner_agent.publish.sending.shares import Key, Keys

OVERHEAD: Final = 1_200  # bytes of an alert besides its line and its tactics
_PLACE: Final = 8  # bytes of a text's place in a tuple
NAMED: Final = 64  # shares that are counted by name in what went; the others are counted together
OTHERS: Final = "others"
_SMALL: Final[Key] = ("small", "")  # what is not urgent


@dataclass(frozen=True, slots=True)
class Kept:
    """`number` counts the alerts since the start, from 1. `line` is the whole alert (lanner_page.wire)."""

    number: int
    id: str
    at_ns: int
    rule: str
    priority: int
    namespace: str
    workload: str
    pod: str
    tactics: tuple[str, ...]
    line: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Who writes a rule chooses how many tactics it has, and of which characters: short ones take more
        here than in the line.
        """
        return OVERHEAD + len(self.line) + sum(sys.getsizeof(one) + _PLACE for one in self.tactics)


@dataclass(slots=True)
class _Share:
    """What one of `keys` has, oldest first."""

    alerts: dict[int, None] = field(default_factory=dict)
    size: int = 0


class Memory:
    """One thread puts; any may read, which holds a lock for as long as it takes to copy references."""

    def __init__(self, alerts: int, size: int) -> None:
        self._alerts, self._most = alerts, size
        self._kept: dict[int, tuple[Kept, Keys]] = {}
        self._by_id: dict[str, int] = {}
        self._shares: dict[Key, _Share] = {}
        self._size = 0
        self._lock = threading.Lock()
        self.newest = 0  # number of the last alert
        self.went: Counter[str] = Counter()  # alerts that made way, by whose share was full
        self.listeners: tuple[
            Callable[[], None], ...
        ] = ()  # called after each batch, by the thread that puts

    def put(self, made: Callable[[int], Kept], keys: Keys, *, urgent: bool) -> None:
        """`made` is given its number."""
        keys = keys if urgent else (*keys, _SMALL)
        with self._lock:
            self.newest += 1
            one = made(self.newest)
            self._make_room(one.size, keys)
            self._kept[one.number] = one, keys
            self._by_id[one.id] = one.number
            self._size += one.size
            for key in keys:
                share = self._shares.setdefault(key, _Share())
                share.alerts[one.number] = None
                share.size += one.size

    def tell(self) -> None:
        """Those who wait for alerts."""
        for listener in self.listeners:
            listener()

    def all(self) -> tuple[Kept, ...]:
        """Oldest first."""
        with self._lock:
            return tuple(one for one, _ in self._kept.values())

    def one(self, name: str) -> Kept | None:
        """The alert with this id."""
        with self._lock:
            number = self._by_id.get(name)
            return None if number is None else self._kept[number][0]

    def counts(self) -> Mapping[str, int]:
        """Numbers for the summary."""
        went = sum(self.went.values())
        return {"kept waiting": len(self._kept), **({"made way": went} if went else {})}

    def _make_room(self, size: int, keys: Keys) -> None:
        for key in keys:
            share, part = self._shares.get(key), _part(key)
            while share and share.alerts and self._full(len(share.alerts), share.size + size, part):
                self._let_go(next(iter(share.alerts)), _words(key))
        while self._kept and self._full(len(self._kept), self._size + size, 1.0):
            self._let_go(next(iter(self._kept)), "all")

    def _full(self, alerts: int, size: int, part: float) -> bool:
        return alerts >= max(1, int(self._alerts * part)) or size > self._most * part

    def _let_go(self, number: int, whose: str) -> None:
        one, keys = self._kept.pop(number)
        self._by_id.pop(one.id, None)
        self._size -= one.size
        self.went[whose if whose in self.went or len(self.went) < NAMED else OTHERS] += 1
        for key in keys:
            share = self._shares[key]
            del share.alerts[number]
            share.size -= one.size
            if not share.alerts:
                del self._shares[key]


def _part(key: Key) -> float:
    return 1 - shares.RESERVED if key == _SMALL else shares.part(key)


def _words(key: Key) -> str:
    return "what is not urgent" if key == _SMALL else shares.words(key)
