# SPDX-License-Identifier: Apache-2.0
"""The webhook's judging ends in time, costs each namespace its own share, and lets pass what it does not
judge.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

import pytest

from lanner_engine.objects.limits import DEFAULT
from lanner_engine.resources.rule_object import NAMESPACED_RULE, RuleObject
from lanner_operator.admission import judging, review, shares
from lanner_operator.admission.judging import Judging
from lanner_operator.admission.review import Answer, ReviewError
from lanner_operator.admission.shares import Shares
from tests.operator.made import cluster_rule, rule, spec

PATIENCE_S = 30.0


def tenant(*rules: dict[str, Any], namespace: str = "shop", name: str = "mine", **more: Any) -> RuleObject:
    return RuleObject(NAMESPACED_RULE, namespace, name, f"u-{name}", 1, {"rules": list(rules), **more})


def asked(*objects: RuleObject, in_force: tuple[RuleObject, ...] = ()) -> tuple[list[Answer], Counter[str]]:
    """One after the other."""
    counts: Counter[str] = Counter()

    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(judging, "STARTING_S", PATIENCE_S)  # this machine may be busy
    monkeypatch.setattr(judging, "ANSWER_S", PATIENCE_S)

    async def ask() -> list[Answer]:
        made = Judging(lambda: {one.uid: one for one in in_force}, DEFAULT, counts)
        try:
            await made._ready(in_force)
            return [await made.answer(one) for one in objects]
        finally:
            await made.close()

    try:
        return asyncio.run(ask()), counts
    finally:
        monkeypatch.undo()


def test_each_answer_is_counted() -> None:
    wrong = rule("r", "proc.nam = sh")
    doubtful = rule("r", "evt.type = getcwd")
    found, counts = asked(tenant(rule("r")), tenant(wrong), tenant(doubtful), tenant(wrong, mode="Disabled"))
    assert [one.allowed for one in found] == [True, False, True, True]
    assert counts == {"allowed": 2, "refused": 1, "warned": 1}


def test_the_object_is_judged_beside_what_is_in_force() -> None:
    words = cluster_rule("words", spec(rule("c"), macros=[{"name": "shells", "condition": "proc.name = sh"}]))
    own = tenant(rule("own"), name="own", macros=[{"name": "ours", "condition": "proc.name = x"}])
    uses = tenant(rule("r", "evt.type = execve and (shells or ours)"))
    foreign = tenant(rule("r", "evt.type = execve and ours"), namespace="bank")
    louder = {"name": "c", "output": "x", "override": {"output": "replace"}}
    changes = cluster_rule("changes", spec(louder, loadOrder=900))
    found, _ = asked(uses, foreign, changes, tenant(louder), in_force=(words, own))
    assert [(one.allowed, bool(one.warnings)) for one in found] == [
        (True, False),
        (True, True),
        (True, False),
        (True, True),
    ]
    assert "not there yet" in found[1].warnings[0]


def test_a_large_set_is_not_judged_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "SMALL", 100)
    words = cluster_rule("words", spec(rule("c"), macros=[{"name": "shells", "condition": "proc.name = sh"}]))
    louder = {"name": "c", "output": "x", "override": {"output": "replace"}}
    uses = cluster_rule("uses", spec(rule("r", "evt.type = execve and shells"), louder, loadOrder=900))
    wrong = cluster_rule("wrong", spec(rule("r", "evt.type = execve and shells and proc.nam = x")))
    found, _ = asked(uses, wrong, in_force=(words,))
    assert [one.allowed for one in found] == [True, False]


def test_what_takes_long_is_let_pass_and_hurts_the_next_one_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        judging, "JUDGING_S", 0.1
    )  # the engine's own limit ends it after 0.4 s on a fast machine
    many = [f"(proc.name = n{number} or fd.name contains x{number})" for number in range(120)]
    slow = tenant(*(rule(f"r{number}", " and ".join(many)) for number in range(60)))
    found, counts = asked(slow, tenant(rule("r", "proc.nam = sh")))
    assert found[0].allowed
    assert "its status will tell: judging the objects takes more than 0.1 s" in found[0].warnings[0]
    assert not found[1].allowed
    assert counts["unjudged"] == 1


def test_a_namespace_that_asks_all_day_spends_its_own_time() -> None:
    clock = [0.0]
    made = Shares(lambda: clock[0])
    assert made.enter("loud") == ""
    made.leave("loud", shares.SAVED_S)
    assert "namespace loud took all the time" in made.enter("loud")
    for other in ("quiet", ""):
        assert made.enter(other) == ""
        made.leave(other, 0.0)
    clock[0] += 1 / shares.PART
    assert made.enter("loud") == ""


def test_few_wait_at_the_same_time() -> None:
    made = Shares(lambda: 0.0)
    assert [bool(made.enter("loud")) for _ in range(4)] == [False, False, True, True]
    others = [made.enter(f"n{number}") for number in range(100)]
    assert others.count("") == shares.ALL_AT_ONCE - shares.AT_ONCE
    assert made.enter("") != "", "nothing is for nothing"


def test_namespaces_that_are_remembered_are_bounded() -> None:
    clock = [0.0]
    made = Shares(lambda: clock[0])
    for number in range(5_000):
        clock[0] += 1.0
        if not made.enter(f"n{number}"):
            made.leave(f"n{number}", 0.0)
    assert len(made._own) <= shares.KNOWN


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"request": 5}',
        b"[" * 100_000,
        b"\xff",
        json.dumps({"request": {"uid": 1}}).encode(),
    ],
)
def test_what_is_no_review_is_no_review(body: bytes) -> None:
    with pytest.raises(ReviewError):
        review.read(body)


def test_an_object_of_another_kind_is_no_review() -> None:
    request = {"uid": "u", "kind": {"kind": "Pod"}, "object": {"metadata": {"name": "p"}}}
    with pytest.raises(ReviewError, match="ClusterFalcoRule and FalcoRule"):
        review.read(json.dumps({"request": request}).encode())


def test_warnings_are_lines_that_an_api_server_passes_on() -> None:
    nasty = rule("r\x1b[2J\n", 'evt.type = getcwd and proc.name = "\n\x1b[31m' + "x" * 200 + '"')
    (found,), _ = asked(tenant(*({**nasty, "name": f"r{number}\n\x1b"} for number in range(20))))
    assert found.allowed
    assert len(found.warnings) <= 9
    assert all(one.isprintable() and len(one) <= 256 for one in found.warnings)
