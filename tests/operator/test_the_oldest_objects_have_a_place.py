# SPDX-License-Identifier: Apache-2.0
"""Whom the operator holds when there are more objects than places."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import Any, cast

import pytest

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_engine.resources.falco_rule import FalcoRuleStatus
from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE, RuleObject
from lanner_operator.reconcile import refusals
from lanner_operator.reconcile.observed import WatchedRule
from lanner_operator.reconcile.places import Numbers, Places
from lanner_operator.reconcile.refusals import Refusals
from lanner_operator.status import too_many
from tests.operator.made import NOW, spec

NUMBERS = Numbers(namespace=3, namespaces=5, cluster=2)


def made(namespace: str, second: int, generation: int = 1) -> RuleObject:
    kind, name = (NAMESPACED_RULE if namespace else CLUSTER_RULE), f"o{second:02d}"
    uid = f"{namespace}/{name}"
    return RuleObject(kind, namespace, name, uid, generation, spec(), f"2026-11-25T10:00:{second:02d}Z")


def put(places: Places, *objects: RuleObject) -> None:
    for one in objects:
        places.put(one, lambda one=one: WatchedRule(one, {}), told=False)  # type: ignore[misc]


def held(places: Places, namespace: str) -> list[str]:
    return sorted(rule.object.name for rule in places.held() if rule.object.namespace == namespace)


def test_in_whatever_order_they_come_the_oldest_of_a_namespace_are_held() -> None:
    objects = [made("shop", second) for second in range(20)]
    random.Random(1).shuffle(objects)  # noqa: S311  nothing secret
    places = Places(NUMBERS)
    put(places, *objects)
    assert held(places, "shop") == ["o00", "o01", "o02"]
    assert places.unplaced() == {"shop": 17}
    assert places.number("shop") == 20
    assert [one.name for one in places.untold()] == [f"o{second:02d}" for second in range(19, 3, -1)]


def test_no_namespace_takes_the_places_of_others_or_of_the_cluster() -> None:
    places = Places(NUMBERS)
    put(places, *(made("many", second) for second in range(9)))
    put(places, *(made("few", second) for second in range(10, 12)), *(made("", second) for second in (1, 2)))
    assert (held(places, "many"), held(places, "few")) == (["o00", "o01", "o02"], ["o10", "o11"])
    put(places, made("late", 20))
    assert (held(places, "many"), held(places, "late")) == (["o00", "o01"], ["o20"])
    assert held(places, "") == ["o01", "o02"]
    put(places, made("", 3), made("late", 21))
    assert places.unplaced() == {"many": 7, "late": 1, "": 1}
    assert places.uids() >= {"/o03", "late/o21", "many/o08"}


def test_a_place_that_becomes_free_is_for_the_oldest_that_waits() -> None:
    places = Places(NUMBERS)
    objects = [made("shop", second) for second in range(6)]
    put(places, *objects)
    assert places.next() == []
    assert places.remove(objects[1])
    assert [one.name for one in places.next()] == ["o03"]
    put(places, objects[5], objects[4])
    assert held(places, "shop") == ["o00", "o02"], "who is heard of first does not get it"
    put(places, objects[3])
    assert held(places, "shop") == ["o00", "o02", "o03"]
    assert not places.remove(objects[5])
    places.keep({"shop/o04"}.__contains__)
    assert ([one.name for one in places.next()], held(places, "shop")) == (["o04"], [])


@pytest.mark.parametrize("seed", range(30))
def test_whatever_is_made_and_deleted_shares_are_equal_and_of_the_oldest(seed: int) -> None:
    drawn, places, there = random.Random(seed), Places(NUMBERS), dict[str, RuleObject]()  # noqa: S311
    for second in range(80):
        if there and drawn.random() < 0.4:
            places.remove(there.pop(drawn.choice(sorted(there))))
        else:
            new = made(drawn.choice(["a", "b", "c", ""]), second)
            there[new.uid] = new
            put(places, new, there[drawn.choice(sorted(there))])  # and an event about another
        if drawn.random() < 0.3:
            put(places, *(there[one.uid] for one in places.next()))
    while found := places.next():
        put(places, *(there[one.uid] for one in found))
    assert places.uids() == there.keys()
    numbers = {name: len(held(places, name)) for name in ("a", "b", "c", "")}
    for name, number in numbers.items():
        oldest = sorted(one.name for one in there.values() if one.namespace == name)[:number]
        assert held(places, name) == oldest
        if name and name in places.unplaced():
            assert all(numbers[other] <= number + 1 for other in ("a", "b", "c"))


def test_what_was_told_is_told_again_after_an_edit_only() -> None:
    places = Places(Numbers(namespace=1))
    put(places, made("shop", 0), made("shop", 1))
    (one,) = places.untold()
    places.tell(one)
    assert places.untold() == []
    status = too_many.patch(one.named, 2, "1 has a place", NOW)["status"]
    FalcoRuleStatus.model_validate({key: value for key, value in status.items() if value is not None})
    assert "namespace shop has 2 FalcoRules; 1 has a place" in status["conditions"][0]["message"]
    assert too_many.is_told(status, one.generation)
    said = {one["type"]: one["status"] for one in status["conditions"]}
    assert said == {"Accepted": "False", "Programmed": "False", "Ready": "False", "Stalled": "True"}
    gone = {key for key, value in status.items() if value is None}
    assert gone >= {"nodes", "rules", "dryRun"}, "nothing of what was in force is left"
    edited = replace(made("shop", 1), generation=2)
    places.put(edited, lambda: WatchedRule(edited, {}), told=too_many.is_told(status, 2))
    assert [one.generation for one in places.untold()] == [2]
    assert not too_many.is_told({"conditions": [7, {"type": "Accepted"}]}, 1)


def test_an_object_whose_status_is_refused_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "PAUSE_S", 0.0)
    places, said = Places(Numbers(namespace=1, namespaces=1, cluster=1)), list[str]()
    put(places, made("a", 0), *(made(name, second) for name in ("a", "b") for second in (1, 2)))

    class Server:
        async def request(self, _method: str, path: str, **_: Any) -> None:
            if "/namespaces/a/" in path:
                raise ApiError(403, "Forbidden", "not in this namespace", None, path)

    task = Refusals(cast("Api", Server()), places, said.append)
    assert asyncio.run(task._round()) > 0
    assert {one.namespace for one in places.untold()} == {"a"}
    assert any("not in this namespace" in words for words in said)
