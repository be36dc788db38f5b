# SPDX-License-Identifier: Apache-2.0
"""Objects that take long to judge are refused by a count of steps, the same everywhere; others go on."""

from __future__ import annotations

import time

import pytest

from lanner_engine import steps
from lanner_engine.objects.verdicts import check_objects
from tests.engine.cost.shapes import Spec, excepted, rule, tenant

SECONDS = 2.5  # of processor; half a second on a machine with nothing else to do
ROOM = 8_000  # characters of a condition


def filled(part: str, between: str = " or ") -> str:
    found: list[str] = []
    while sum(map(len, found)) + len(between) * len(found) < ROOM:
        found.append(part.replace("%d", str(len(found))))
    return between.join(found[:-1])


def several(part: str, number: int = 14) -> Spec:
    return {"rules": [rule(f"R{one}", filled(part.replace("%k", str(one)))) for one in range(number)]}


def chained() -> Spec:
    base = {"name": "m0", "condition": filled("fd.name startswith /x%d")}
    macros = [{"name": f"m{n}", "condition": f"m0 and m0 and fd.num = {n}"} for n in range(1, 40)]
    return {"macros": [base, *macros], "rules": [rule(f"R{n}", f"m{n % 39 + 1}") for n in range(100)]}


def lines(text: str, number: int) -> Spec:
    return {"content": "".join(text.replace("%d", str(one)) for one in range(number))}


REFUSED: dict[str, tuple[Spec, str]] = {
    "misspelt fields": (several("proc.nam%k%d = x"), "judging this object takes more than 500,000 steps"),
    "exceptions in code": (excepted("startswith"), "judging this object takes more than 500,000 steps"),
    "macros in macros": (chained(), "judging this object takes more than 500,000 steps"),
    "values": (
        {"rules": [rule("R", "evt.type = open", tags=[])], "x": [1] * 60_000},
        "one object may hold 50,000",
    ),
}
HARMLESS: dict[str, Spec] = {
    "misspelt macros": several("m%k%d"),
    "comparisons": several("fd.name startswith /x%k%d"),
    "parentheses": {"rules": [rule(f"R{n}", "(" * 190 + "proc.name = a" + ")" * 190) for n in range(200)]},
    "rules": lines("- {rule: r%d, desc: d, condition: evt.type = open, output: o, priority: INFO}\n", 1_400),
    "misspelt": lines("- {rule: r%d, desc: d, condition: proc.nam = x, output: o, priority: INFO}\n", 1_500),
    "errors": lines("- {macro: m, conditio: a}\n", 4_900),
    "tables": excepted(),
}


@pytest.mark.parametrize(("spec", "words"), REFUSED.values(), ids=REFUSED)
def test_what_takes_too_many_steps_is_refused_and_others_are_not(spec: Spec, words: str) -> None:
    began = time.process_time()
    checked = check_objects([tenant(spec, "bad"), tenant({"rules": [rule("R", "evt.type = open")]}, "good")])
    assert time.process_time() - began < SECONDS
    verdict = checked.verdicts["FalcoRule/bad/x"]
    assert (verdict.accepted, verdict.reason) == (False, "TooLarge")
    assert any(words in one.message for one in verdict.diagnostics)
    assert checked.verdicts["FalcoRule/good/x"].accepted


@pytest.mark.parametrize("spec", HARMLESS.values(), ids=HARMLESS)
def test_whatever_an_object_holds_it_is_judged_soon(spec: Spec) -> None:
    began = time.process_time()
    check_objects([tenant(spec, f"n{time.monotonic_ns()}")])
    assert time.process_time() - began < SECONDS


def test_the_count_is_the_same_every_time() -> None:
    counts = set()
    for _ in range(3):
        whole = steps.Steps(10**9, "all")
        with steps.counted(whole):
            check_objects([tenant(excepted(), f"n{time.monotonic_ns()}")])
        counts.add(whole.spent)
    assert len(counts) == 1


def test_steps_are_taken_of_the_whole_too() -> None:
    whole = steps.Steps(10, "all")
    steps.Steps(100, "one", whole).take(6)
    with pytest.raises(steps.TooManyStepsError, match="judging all takes more than 10 steps"):
        steps.Steps(100, "another", whole).take(6)


def test_a_namespace_that_takes_too_many_steps_leaves_other_namespaces_alone() -> None:
    spec = several("fd.name startswith /x%k%d", 10)
    many = [
        type(one)(one.kind, one.namespace, f"o{n}", f"uid-{n}", 1, one.spec)
        for n in range(12)
        for one in [tenant(spec, "greedy")]
    ]
    checked = check_objects([*many, tenant({"rules": [rule("R", "evt.type = open")]}, "other")])
    assert checked.verdicts["FalcoRule/other/x"].accepted
    assert any(not one.accepted and one.reason == "TooLarge" for one in checked.verdicts.values())
