# SPDX-License-Identifier: Apache-2.0
"""While namespaces are judged in turns, what is in force fits into the room of all, and no verdict flaps."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from types import SimpleNamespace

import pytest

from lanner_engine.objects.cost import Cost
from lanner_engine.objects.limits import Budgets
from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.reconcile import judgement
from lanner_operator.reconcile.judgement import Judge, Judgement
from lanner_operator.reconcile.judges import Judges
from lanner_operator.reconcile.worker import Became, Question, Reply
from tests.operator.made import HERE, rule

BUDGETS = Budgets(24, 24, 64, 48)
COSTS = {"old": 6, "young": 18, "tiny": 1}
NAMESPACES = [f"t{number}" for number in range(10)]
TAKES_S = 0.6  # of one answer: two in a slice


class Priced(Judges):
    """Answers at once by COSTS; a namespace held to less than it wants gives up its young object."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    async def ask(self, question: Question, longest_s: float | None = None) -> Reply:
        self.now += TAKES_S
        held = question.room is not None and question.room < COSTS["old"] + COSTS["young"]
        kept = {one.key: one for one in question.objects if one.name != "young" or not held}
        verdicts = {one.key: _became(one, one.key in kept) for one in question.objects}
        return Reply(verdicts, {key: Cost(COSTS.get(one.name, 0)) for key, one in kept.items()})


def _became(one: RuleObject, accepted: bool) -> Became:
    return Became(accepted, "Valid" if accepted else "TooLarge", (), one.version if accepted else None, ())


def tenant(namespace: str, name: str) -> RuleObject:
    spec = {"mode": "Active", "loadOrder": 500, "rules": [rule(name)]}
    return RuleObject("FalcoRule", namespace, name, f"{namespace}-{name}", 1, spec)


def words(generation: int) -> RuleObject:
    spec = {"mode": "Active", "macros": [{"name": "m", "condition": "evt.type = open"}]}
    return RuleObject("ClusterFalcoRule", "", "words", "words", generation, spec)


TENANTS = [tenant(namespace, name) for namespace in NAMESPACES for name in ("old", "young")]
IN_FORCE = {one.uid: one for one in (*TENANTS[::2], words(1))}  # as the operator before this one left it


def rounds(monkeypatch: pytest.MonkeyPatch, *steps: Iterable[RuleObject]) -> list[list[Judgement]]:
    """Each step until nothing waits any more."""
    judges = Priced()
    monkeypatch.setattr(judgement, "time", SimpleNamespace(monotonic=judges.monotonic))
    judge = Judge(HERE.index, BUDGETS, judges)

    async def run() -> list[list[Judgement]]:
        found: list[list[Judgement]] = []
        previous = IN_FORCE
        for objects in map(tuple, steps):
            found.append([])
            while not found[-1] or found[-1][-1].waiting:
                found[-1].append(await judge.judge(objects, previous))
                previous = {one.uid: one for one in found[-1][-1].in_force}
                assert len(found[-1]) < 50
        return found

    return asyncio.run(run())


def cost(made: Judgement) -> int:
    return sum(COSTS.get(one.name, 0) for one in made.in_force)


def test_neither_a_restart_nor_a_new_vocabulary_overdraws_it(monkeypatch: pytest.MonkeyPatch) -> None:
    restarted, edited = rounds(monkeypatch, (*TENANTS, words(1)), (*TENANTS, words(2)))
    assert len(restarted) > 3
    assert len(edited) > 3
    for made in (*restarted, *edited):
        assert cost(made) == 60
        verdicts = made.checked.verdicts
        assert not any(verdicts[one.key].accepted for one in TENANTS[1::2] if one.key in verdicts)
    for last in (restarted[-1], edited[-1]):
        assert len(last.checked.verdicts) == 21
        assert all(last.checked.verdicts[one.key].accepted for one in TENANTS[::2])


def test_who_takes_less_than_an_equal_share_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    first = tenant("a", "tiny")
    (restarted,) = rounds(monkeypatch, (first, *TENANTS, words(1)))
    assert restarted[0].waiting
    assert restarted[0].checked.verdicts[first.key].accepted
    assert first in restarted[0].in_force
    assert all(cost(made) <= 64 for made in restarted)
