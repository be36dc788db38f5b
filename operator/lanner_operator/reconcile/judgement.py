# SPDX-License-Identifier: Apache-2.0
"""Rule objects -> the engine's verdicts and the bundle cut from what may be in force.

Each set is judged by itself in a process of its own (reconcile/judges): the cluster's first, then namespaces
in turns, those that waited longest first. Sets that a turn does not reach keep their versions in force and
wait for the next round, so that no namespace waits for another's rules. A verdict holds as long as its inputs
stay the same: the versions, the cluster's vocabulary, the budgets.
"""

from __future__ import annotations

import math
import time
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from lanner_engine.bundle import shards
from lanner_engine.bundle.errors import BundleError
from lanner_engine.bundle.shards import Cut
from lanner_engine.engine_version import ENGINE
from lanner_engine.objects.cost import Cost
from lanner_engine.objects.limits import Budgets, limits_of, rooms
from lanner_engine.objects.sets import Verdict
from lanner_engine.objects.spec_check import TOO_LARGE, about
from lanner_engine.objects.verdicts import CheckedObjects
from lanner_engine.objects.versions import weigh
from lanner_engine.resources.rule_object import DEFINING, RuleObject, Version
from lanner_operator.reconcile import reading
from lanner_operator.reconcile.judges import Judges
from lanner_operator.reconcile.packed import Outline, Packed
from lanner_operator.reconcile.worker import Became, Question, Reply

Previous = Mapping[str, RuleObject]  # by uid: the versions that are in force now
Key = tuple[object, ...]

REJUDGE_S: Final = 60.0
MAX_ROUND_S: Final = 1.0  # after so long what is judged is published, the rest has its turn in the next round


@dataclass(frozen=True, slots=True)
class Judgement:
    """`cut` is None when `problem` says why no bundle can be made of what was accepted. `waiting`: there are
    namespaces whose turn is still to come; their objects have no verdict yet. `without`: uids of objects
    whose source has given nothing yet; they are not judged.
    """

    checked: CheckedObjects
    cut: Cut | None
    problem: BundleError | None
    in_force: tuple[RuleObject, ...] = ()
    waiting: bool = False
    without: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Known:
    """The last reply about a namespace; `turn` is when it was asked last."""

    key: Key = ()
    after: Key = ()  # the same question once the reply is in force
    reply: Reply = field(default_factory=Reply)
    turn: int = 0
    until: float = math.inf  # monotonic seconds: a process that ended may have had another's reason


@dataclass(frozen=True, slots=True)
class _Turn:
    """A set to be judged, with what it depends on (see the engine's Asked)."""

    name: str
    objects: Sequence[RuleObject]
    previous: Previous
    shared: tuple[RuleObject, ...] = ()
    room: int | None = None
    crowded_out: bool = False

    @property
    def slot(self) -> tuple[str, bool]:
        """Where its answer is kept: beside that of the set with all the room it may have."""
        return self.name, self.room is not None

    def question(self, budgets: Budgets, sizes: Sequence[int]) -> Question:
        """`sizes` of the objects: what is not read is not sent."""
        before = {one.uid: self.previous[one.uid] for one in self.objects if one.uid in self.previous}
        fitting = limits_of(self.name).fitting(sizes)
        sent = [(one, fits and not self.crowded_out) for one, fits in zip(self.objects, fitting, strict=True)]
        own = tuple(one if read else replace(one, spec=_order(one)) for one, read in sent)
        unread = frozenset(one.key for one, read in sent if not read)
        return Question(self.name, own, before, self.shared, budgets, self.room, self.crowded_out, unread)


class Judge:
    """Of one operator. `judge` is called again after each change."""

    def __init__(self, prefix: str, budgets: Budgets, judges: Judges, slice_s: float = MAX_ROUND_S) -> None:
        self._prefix = prefix
        self._budgets = budgets
        self._judges = judges
        self._slice_s = slice_s
        self._known: dict[tuple[str, bool], _Known] = {}
        self._weighed: dict[Version, tuple[bytes, int]] = {}
        self._turn = 0
        self._cut: tuple[tuple[Version, ...], Judgement] | None = None

    def read(self, objects: Iterable[RuleObject]) -> frozenset[str]:
        """The keys of those whose specs `judge` reads."""
        return reading.read(reading.sets(objects), self._size)

    async def judge(self, objects: Iterable[RuleObject], previous: Previous) -> Judgement:
        """Beside the loop, so that watches and health go on. A namespace with an outline where a spec is read
        has its turn later.
        """
        sets = self._sets(objects, previous)
        until = time.monotonic() + self._slice_s
        await self._ask(_Turn("", sets[""], previous))
        shared = self._shared(sets[""], previous)
        out, late = reading.without_room(sets, self._size), reading.late(sets, self._size)
        replies = {"": self._known["", False].reply}
        for name in sorted((name for name in sets if name), key=self._last_turn):
            turn = _Turn(name, sets[name], previous, shared, crowded_out=name in out)
            if name not in late and (time.monotonic() < until or self._answered(turn)):
                replies[name] = await self._ask(turn)
        if self._unknown(sets, previous):
            return self._judgement(sets, previous, self._certain(sets, replies))
        return self._judgement(sets, previous, await self._made_room(sets, previous, shared, replies, until))

    def _sets(self, objects: Iterable[RuleObject], previous: Previous) -> dict[str, list[RuleObject]]:
        sets = reading.sets(objects)
        known = {one.version for own in sets.values() for one in own}
        known |= {one.version for one in previous.values()}
        self._weighed = {key: found for key, found in self._weighed.items() if key in known}
        self._known = {slot: found for slot, found in self._known.items() if slot[0] in sets}
        return sets

    async def _ask(self, turn: _Turn) -> Reply:
        key = self._key(turn, turn.previous)
        known = self._known.setdefault(turn.slot, _Known())
        if key not in (known.key, known.after) or time.monotonic() > known.until:
            question = turn.question(self._budgets, [self._size(one) for one in turn.objects])
            reply = await self._judges.ask(question)
            known.reply = replace(reply, costs=known.reply.costs) if reply.problem else reply
            self._turn += 1
            kept = {
                one.uid: _in_force(one, reply.verdicts.get(one.key), turn.previous) for one in turn.objects
            }
            then = {uid: one for uid, one in kept.items() if one is not None}
            known.key, known.turn = key, self._turn
            known.after = key if reply.problem else self._key(turn, then)
            known.until = time.monotonic() + REJUDGE_S if reply.problem else math.inf
        return known.reply

    def _answered(self, turn: _Turn) -> bool:
        known = self._known.get(turn.slot)
        if known is None or time.monotonic() > known.until:
            return False
        return self._key(turn, turn.previous) in (known.key, known.after)

    def _unknown(self, sets: Mapping[str, list[RuleObject]], previous: Previous) -> bool:
        """Whether there are rules in force of which this operator does not know yet what they cost."""
        waiting = (own for name, own in sets.items() if name and (name, False) not in self._known)
        return any(one.uid in previous for own in waiting for one in own)

    def _certain(
        self, sets: Mapping[str, list[RuleObject]], replies: Mapping[str, Reply]
    ) -> dict[str, Reply]:
        """The replies that stand however much the others cost: every namespace keeps an equal share."""
        share = self._budgets.namespaces // max(1, len(sets) - 1)
        return {
            name: one
            for name, one in replies.items()
            if not name or sum(cost.lasting for cost in one.costs.values()) <= share
        }

    async def _made_room(
        self,
        sets: Mapping[str, list[RuleObject]],
        previous: Previous,
        shared: tuple[RuleObject, ...],
        replies: Mapping[str, Reply],
        until: float,
    ) -> dict[str, Reply]:
        """The replies when namespaces give up what they have to, so that all fit together. Those that wait
        count too, by their last answer. Answers about each alone are kept.
        """
        ages = {one.key: one.age for own in sets.values() for one in own}
        found, asked = dict(replies), False
        for name, room in rooms(self._costs(ages), ages, self._budgets.namespaces).items():
            turn = _Turn(name, sets[name], previous, shared, room)
            known = self._answered(turn)
            if name in found and (known or not asked or time.monotonic() < until):
                found[name] = await self._ask(turn)
                asked = asked or not known
            else:
                found.pop(name, None)  # it waits too, with what is in force
        return found

    def _costs(self, present: Container[str]) -> dict[str, dict[str, Cost]]:
        """Of each namespace with all the room it may have."""
        last = {name: one.reply.costs for (name, crowded), one in self._known.items() if name and not crowded}
        return {name: {k: one for k, one in own.items() if k in present} for name, own in last.items()}

    def _shared(self, cluster: Sequence[RuleObject], previous: Previous) -> tuple[RuleObject, ...]:
        """The cluster's objects in force that define what namespaces may use."""
        reply = self._known["", False].reply
        kept = [_verdict(one, reply, previous).in_force for one in cluster]
        return tuple(one for one in kept if one is not None and (DEFINING - {"rules"}) & one.spec.keys())

    def _judgement(
        self, sets: Mapping[str, list[RuleObject]], previous: Previous, replies: Mapping[str, Reply]
    ) -> Judgement:
        verdicts: dict[str, Verdict] = {}
        in_force: list[RuleObject] = []
        for name, own in sets.items():
            reply = replies.get(name)
            for one in own:
                if reply is None:
                    kept = previous.get(one.uid)
                else:
                    verdicts[one.key] = found = _verdict(one, reply, previous)
                    kept = found.in_force
                in_force += [kept] if kept is not None else []
        checked = CheckedObjects(verdicts, (), {})
        return self._with_cut(checked, tuple(in_force), waiting=len(replies) < len(sets))

    def _with_cut(
        self, checked: CheckedObjects, in_force: tuple[RuleObject, ...], *, waiting: bool
    ) -> Judgement:
        held = tuple(one.version for one in in_force)
        if self._cut is None or self._cut[0] != held:
            try:
                made = Judgement(checked, shards.cut(in_force, self._prefix), None)
            except BundleError as problem:
                made = Judgement(checked, None, problem)
            self._cut = held, made
        return Judgement(checked, self._cut[1].cut, self._cut[1].problem, in_force, waiting)

    def _key(self, turn: _Turn, previous: Previous) -> Key:
        before = tuple(self._name(previous[one.uid]) for one in turn.objects if one.uid in previous)
        current, vocabulary = tuple(map(self._name, turn.objects)), tuple(map(self._name, turn.shared))
        return ENGINE, self._budgets, current, before, vocabulary, turn.room, turn.crowded_out

    def _name(self, one: RuleObject) -> tuple[str, str, int, bytes]:
        return one.key, one.uid, one.generation, self._digest(one)[0]

    def _size(self, one: RuleObject) -> int:
        return self._digest(one)[1]

    def _digest(self, one: RuleObject) -> tuple[bytes, int]:
        """Of a version, which a uid and a generation name once and for all."""
        if isinstance(one.spec, Outline | Packed):
            return one.spec.digest, one.spec.size
        key = one.version
        if key not in self._weighed:
            found = weigh(one)
            self._weighed[key] = found.digest, found.size
        return self._weighed[key]

    def _last_turn(self, name: str) -> tuple[int, str]:
        known = self._known.get((name, False))
        return (known.turn if known else 0), name


def _order(one: RuleObject) -> dict[str, object]:
    """What of a spec says whether and where the object takes part."""
    return {key: one.spec[key] for key in ("mode", "loadOrder") if key in one.spec}


def _in_force(one: RuleObject, became: Became | None, previous: Previous) -> RuleObject | None:
    if became is None or became.in_force is None:
        return None
    return one if became.in_force == one.version and became.accepted else previous.get(one.uid)


def _verdict(one: RuleObject, reply: Reply, previous: Previous) -> Verdict:
    found = reply.verdicts.get(one.key)
    if found is not None:
        kept = _in_force(one, found, previous)
        return Verdict(one, found.accepted, found.reason, found.diagnostics, kept, found.rules, found.given)
    kept = previous.get(one.uid)
    message = about(one, f"too much: {reply.problem}", reason=TOO_LARGE)
    return Verdict(one, False, TOO_LARGE, (message,), kept, ())
