# SPDX-License-Identifier: Apache-2.0
"""Which statuses are written now, and which wait: a node that comes or goes changes numbers in the status of
every object.

What became of an object is told at once: another generation, another reason, the first matches of a DryRun.
That only numbers of nodes are others is told within a budget, those first that have waited longest. What
nodes make of Programmed has a wider one: a single agent that fails, or one whose token was stolen, turns it
in every object, and may turn it back a moment later. That a node lacks what was in force on all of them is
told after some seconds: it has just come, and its agent is about to load it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lanner_operator.status import conditions

BURST: Final = 64  # statuses of which only numbers are others
PER_S: Final = 4.0  # further ones a second
TURNS: Final = 8_192  # statuses in which nodes turn a condition, of all objects once and of some twice
TURNS_PER_S: Final = 20.0
COMING_S: Final = 10.0  # for a node that comes to load what all others have
SOON_S: Final = 5.0  # what waits is looked at again

_OF_THE_SPEC: Final = ("observedGeneration", "rules", "source")
_OF_NODES: Final = frozenset((conditions.PROGRAMMED, conditions.READY))
_Said = tuple[object, object, object, object]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An object's status as it `is`, and as it `should` be."""

    uid: str
    now: Mapping[str, Any] = field(repr=False)
    should: Mapping[str, Any] = field(repr=False)


@dataclass(slots=True)
class _Budget:
    """`room` for so many now, at most for `most`."""

    most: int
    per_s: float
    room: float = field(init=False)

    def __post_init__(self) -> None:
        self.room = float(self.most)

    def refill(self, seconds: float) -> None:
        self.room = min(self.most, self.room + seconds * self.per_s)

    def take(self, uids: list[str]) -> list[str]:
        """The first of them."""
        chosen = uids[: int(self.room)]
        self.room -= len(chosen)
        return chosen


class StatusPace:
    """`waiting`: how many statuses were not told in the last round. `clock` in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.waiting = 0
        self._clock = clock
        self._since: dict[str, float] = {}  # by uid: since when another status is wanted
        self._coming: dict[str, float] = {}  # by uid: since when it lacks what may be a node that comes
        self._numbers = _Budget(BURST, PER_S)
        self._turns = _Budget(TURNS, TURNS_PER_S)
        self._filled = clock()

    def now(self, wanted: Iterable[Wanted]) -> frozenset[str]:
        """The uids of those that are told now; all others of `wanted` wait."""
        moment = self._clock()
        self._refill(moment)
        listed = tuple(wanted)
        self._since = {one.uid: self._since.get(one.uid, moment) for one in listed}
        self._coming = {one.uid: self._coming.get(one.uid, moment) for one in listed if _only_pending(one)}
        told = {one.uid for one in listed if _is_urgent(one)}
        others = [one for one in listed if one.uid not in told and not self._may_come(one, moment)]
        others.sort(key=lambda one: self._since[one.uid])
        turned = {one.uid: _said(one.now) != _said(one.should) for one in others}
        told.update(self._turns.take([uid for uid, yes in turned.items() if yes]))
        told.update(self._numbers.take([uid for uid, yes in turned.items() if not yes]))
        self._since = {uid: since for uid, since in self._since.items() if uid not in told}
        self.waiting = len(self._since)
        return frozenset(told)

    def _refill(self, moment: float) -> None:
        for budget in (self._numbers, self._turns):
            budget.refill(moment - self._filled)
        self._filled = moment

    def _may_come(self, one: Wanted, moment: float) -> bool:
        """Whether what it lacks is a node that has just come."""
        since = self._coming.get(one.uid)
        return since is not None and moment - since < COMING_S


def _is_urgent(one: Wanted) -> bool:
    """Whether it is more than what nodes make of it."""
    changed = any(one.now.get(key) != one.should.get(key) for key in _OF_THE_SPEC)
    return changed or _first_matches(one) or _others(one.now) != _others(one.should)


def _only_pending(one: Wanted) -> bool:
    """In force on all nodes before, and on some now; all else that is said is the same."""
    before, after = _programmed(one.now), _programmed(one.should)
    same = before.get("observedGeneration") == after.get("observedGeneration")
    same = same and _others(one.now) == _others(one.should)
    return same and before.get("status") == "True" and after.get("reason") == conditions.PENDING


def _first_matches(one: Wanted) -> bool:
    """Of a DryRun that matched nothing until now. What was hashed was long, and had matches."""
    before, after = one.now.get("dryRun") or {}, one.should.get("dryRun") or {}
    return bool(after.get("matches")) and isinstance(before, Mapping) and not before.get("matches")


def _programmed(status: Mapping[str, Any]) -> Mapping[str, Any]:
    found = status.get("conditions") or ()
    return next((one for one in found if one.get("type") == conditions.PROGRAMMED), {})


def _others(status: Mapping[str, Any]) -> frozenset[_Said]:
    """What is said of more than nodes."""
    return frozenset(one for one in _said(status) if one[0] not in _OF_NODES)


def _said(status: Mapping[str, Any]) -> frozenset[_Said]:
    """Of each condition all but its words."""
    keys = ("type", "status", "reason", "observedGeneration")
    return frozenset(
        (one.get(keys[0]), one.get(keys[1]), one.get(keys[2]), one.get(keys[3]))
        for one in status.get("conditions") or ()
    )
