# SPDX-License-Identifier: Apache-2.0
"""The cluster's rules first, namespaces in turns; verdicts are kept; a judging process that ends hurts its
set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from lanner_engine.objects.limits import DEFAULT, NAMESPACE
from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.reconcile import judgement
from lanner_operator.reconcile.judgement import Judge, Judgement
from lanner_operator.reconcile.judges import Judges
from lanner_operator.reconcile.worker import Question, Reply
from tests.operator.made import HERE, cluster_rule, rule

pytestmark = pytest.mark.timeout(60)


def tenant(namespace: str, condition: str = "evt.type = open", generation: int = 1) -> RuleObject:
    spec = {"mode": "Active", "loadOrder": 500, "rules": [rule("R", condition)]}
    return RuleObject("FalcoRule", namespace, "x", f"uid-{namespace}", generation, spec)


def vocabulary(generation: int = 1) -> RuleObject:
    spec = {"mode": "Active", "loadOrder": 1, "macros": [{"name": "m", "condition": "evt.type = open"}]}
    return RuleObject("ClusterFalcoRule", "", "words", "uid-words", generation, spec)


class Recorded(Judges):
    """Notes what was asked; `fatal` are namespaces whose question ends the process, once more than `after`
    were asked.
    """

    def __init__(self, fatal: frozenset[str] = frozenset(), after: int = 0) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.fatal = fatal
        self.after = after

    async def ask(self, question: Question, longest_s: float | None = None) -> Reply:
        self.asked.append(question.namespace)
        if question.namespace in self.fatal and len(self.asked) > self.after:
            return Reply(problem="judging the objects ended the process that did it (EOFError)")
        return await super().ask(question)


def judged(judges: Recorded, *rounds: tuple[RuleObject, ...], slice_s: float = 60.0) -> list[Judgement]:
    """Each round with what the one before put in force."""

    async def run() -> list[Judgement]:
        judge = Judge(HERE.index, DEFAULT, judges, slice_s)
        previous: Mapping[str, RuleObject] = {}
        found: list[Judgement] = []
        try:
            for objects in rounds:
                found.append(await judge.judge(objects, previous))
                previous = {one.uid: one for one in found[-1].in_force}
        finally:
            await judges.close()
        return found

    return asyncio.run(run())


ALL = (tenant("a"), tenant("b"), tenant("c"), cluster_rule("platform"))


def test_all_are_judged_the_clusters_first() -> None:
    judges = Recorded()
    (made,) = judged(judges, ALL)
    assert judges.asked == ["", "a", "b", "c"]
    assert not made.waiting
    assert [one.key for one in made.in_force] == [one.key for one in (ALL[3], *ALL[:3])]
    assert all(one.accepted for one in made.checked.verdicts.values())
    assert made.checked.verdicts["FalcoRule/a/x"].rules[0].watched == frozenset({"open"})
    assert made.cut is not None


def test_what_did_not_change_is_not_asked_again() -> None:
    judges = Recorded()
    judged(judges, ALL, ALL, (*ALL[1:], tenant("a", "evt.type = execve", 2)))
    assert judges.asked == ["", "a", "b", "c", "a"]


def test_a_turn_that_is_over_leaves_the_rest_to_the_next_with_what_is_in_force() -> None:
    judges = Recorded()
    rounds = judged(judges, ALL, ALL, ALL, ALL, slice_s=0.0)
    assert judges.asked == [""]  # a slice of no time leaves none for namespaces
    assert rounds[0].waiting
    assert [one.key for one in rounds[0].in_force] == ["ClusterFalcoRule/platform"]
    assert "FalcoRule/c/x" not in rounds[0].checked.verdicts


def test_who_was_asked_last_has_the_next_turn_last() -> None:
    judges = Recorded()
    edited = tuple(tenant(one, "evt.type = execve", 2) for one in "abc")
    judged(judges, (*ALL[:1], ALL[3]), ALL, (*edited, ALL[3]))
    assert judges.asked == ["", "a", "b", "c", "a", "b", "c"]


def test_the_clusters_vocabulary_is_everybodys_question() -> None:
    judges = Recorded()
    words = vocabulary()
    first, second = judged(judges, (tenant("a", "m"), words), (tenant("a", "m"), words, cluster_rule("more")))
    assert first.checked.verdicts["FalcoRule/a/x"].accepted
    assert second.checked.verdicts["FalcoRule/a/x"].accepted
    assert judges.asked == ["", "a", ""]  # a rule of the cluster's is no vocabulary


def test_a_process_that_ends_condemns_the_question_only() -> None:
    judges = Recorded(frozenset({"b"}))
    (made,) = judged(judges, ALL)
    refused = made.checked.verdicts["FalcoRule/b/x"]
    assert (refused.accepted, refused.reason, refused.in_force) == (False, "TooLarge", None)
    assert "ended the process" in refused.diagnostics[0].message
    assert [one.namespace for one in made.in_force] == ["", "a", "c"]


def test_a_clusters_question_without_an_answer_leaves_namespaces_the_vocabulary_in_force() -> None:
    judges = Recorded(frozenset({""}), after=2)
    rounds = judged(judges, (tenant("a", "m"), vocabulary()), (tenant("a", "m"), vocabulary(2)))
    assert judges.asked == ["", "a", ""]
    assert not rounds[1].checked.verdicts["ClusterFalcoRule/words"].accepted
    assert rounds[1].checked.verdicts["FalcoRule/a/x"].accepted
    assert [one.key for one in rounds[1].in_force] == ["ClusterFalcoRule/words", "FalcoRule/a/x"]
    assert [one.generation for one in rounds[1].in_force] == [1, 1]


def test_what_a_set_has_no_room_for_is_not_sent() -> None:
    sent: list[Question] = []

    class Noted(Recorded):
        async def ask(self, question: Question, longest_s: float | None = None) -> Reply:
            sent.append(question)
            return await super().ask(question)

    def numbered(number: int, generation: int = 1) -> RuleObject:
        spec = {"mode": "Active", "loadOrder": number, "rules": [rule(f"R{number}")]}
        return RuleObject("FalcoRule", "a", f"o{number:03}", f"uid-{number}", generation, spec)

    most = NAMESPACE.objects
    before = tuple(map(numbered, range(1, most + 1)))
    first, second = judged(Noted(), before, (numbered(0), *before[:-1], numbered(most, 2)))
    assert len(first.in_force) == most
    assert [len(one.spec.get("rules", ())) for one in sent[-1].objects] == [1] * most + [0]
    last = second.checked.verdicts[f"FalcoRule/a/o{most}"]
    assert (last.accepted, last.reason) == (False, "TooLarge")
    assert "may hold 512 KiB in 200 objects" in last.diagnostics[0].message
    assert second.in_force[-1] == before[-1], "its previous version"
    assert len(second.in_force) == most + 1


def test_a_question_that_failed_a_while_ago_has_no_other_place_in_the_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judgement, "REJUDGE_S", -1.0)
    judges = Recorded(frozenset("abc"))

    async def run() -> Judgement:
        judge = Judge(HERE.index, DEFAULT, judges, slice_s=60.0)  # its first answer is a process' first
        try:
            await judge.judge(ALL, {})
            monkeypatch.setattr(judge, "_slice_s", 0.0)
            return await judge.judge(ALL, {})
        finally:
            await judges.close()

    assert asyncio.run(run()).waiting
    assert judges.asked == ["", "a", "b", "c"]


def test_a_process_that_was_killed_is_started_again() -> None:
    async def run() -> tuple[Reply, Reply]:
        judges = Judges()
        question = Question("a", (tenant("a"),), {}, (), DEFAULT, None, crowded_out=False)
        try:
            first = await judges.ask(question)
            await judges.close()
            return first, await judges.ask(question)
        finally:
            await judges.close()

    first, second = asyncio.run(run())
    assert first.problem == second.problem == ""
    assert first.verdicts["FalcoRule/a/x"].accepted
    assert second.verdicts["FalcoRule/a/x"].accepted
