# SPDX-License-Identifier: Apache-2.0
"""Budgets of memory: an object, a namespace, all namespaces, the cluster's own; the youngest go first."""

from __future__ import annotations

from lanner_engine.objects import cost
from lanner_engine.objects.cost import Cost
from lanner_engine.objects.limits import Budgets, rooms
from lanner_engine.objects.verdicts import CheckedObjects, check_objects
from lanner_engine.resources.rule_object import RuleObject
from tests.engine.cost.shapes import either, rule

MIB = 1 << 20
WIDE = Budgets(64 * MIB, 64 * MIB, 64 * MIB, 64 * MIB)


def costly(namespace: str, name: str, created: int, checks: int = 100) -> RuleObject:
    spec = {"rules": [rule(name, f"evt.type = open and {either('fd.name', 'startswith', checks, name)}")]}
    time = f"2026-01-01T00:00:{created:02}Z"
    return RuleObject("FalcoRule", namespace, name, f"uid-{namespace}-{name}", 1, spec, time)


def in_force(checked: CheckedObjects) -> list[str]:
    return [key for key, one in checked.verdicts.items() if one.in_force is not None]


def size(*objects: RuleObject) -> int:
    checked = check_objects(objects)
    return sum(cost.total(cost.of_set(own).values()).lasting for own in checked.namespaces.values())


def test_an_object_beyond_its_budget_is_refused_with_figures() -> None:
    one, small = costly("a", "large", 1, 200), costly("a", "small", 2, 10)
    checked = check_objects([one, small], budgets=Budgets(size(one) - 1, 64 * MIB, 64 * MIB, 64 * MIB))
    verdict = checked.verdicts[one.key]
    assert (verdict.accepted, verdict.reason, verdict.in_force) == (False, "TooLarge", None)
    words = verdict.diagnostics[0].message
    assert f"{size(one) / MIB:.1f} MiB of every agent's memory" in words
    assert f"one object may take {(size(one) - 1) / MIB:.1f} MiB" in words
    assert in_force(checked) == [small.key]


def test_the_youngest_of_a_namespace_go_first() -> None:
    many = [costly("a", name, age) for name, age in (("x", 3), ("y", 1), ("z", 2))]
    room = size(*many) * 2 // 3 + 1_000
    checked = check_objects(many, budgets=Budgets(64 * MIB, room, 64 * MIB, 64 * MIB))
    assert in_force(checked) == ["FalcoRule/a/y", "FalcoRule/a/z"]
    assert "one of the youngest" in checked.verdicts["FalcoRule/a/x"].diagnostics[0].message


def test_a_large_namespace_gives_way_to_small_ones() -> None:
    large = [costly("large", f"o{n}", 1, 200) for n in range(4)]
    small = [costly(f"s{n}", "o", 9, 20) for n in range(4)]
    budgets = Budgets(64 * MIB, 64 * MIB, size(*large, *small) * 3 // 4, 64 * MIB)
    checked = check_objects([*large, *small], budgets=budgets)
    kept = in_force(checked)
    assert {one.key for one in small} <= set(kept)
    assert 0 < sum(key.startswith("FalcoRule/large/") for key in kept) < 4
    refused = next(one for one in checked.verdicts.values() if not one.accepted)
    assert "beside those of other namespaces" in refused.diagnostics[0].message


def test_the_cluster_keeps_its_room_whatever_tenants_have() -> None:
    spec = {"rules": [rule("platform", f"evt.type = open and {either('fd.name', 'startswith', 200)}")]}
    platform = RuleObject("ClusterFalcoRule", "", "platform", "uid-platform", 1, spec)
    tenants = [costly(f"t{n}", "o", n) for n in range(10)]
    budgets = Budgets(64 * MIB, 64 * MIB, 1, 64 * MIB)
    checked = check_objects([platform, *tenants], budgets=budgets)
    assert in_force(checked) == [platform.key]


def test_an_edit_that_costs_too_much_leaves_the_previous_version() -> None:
    before, after = costly("a", "o", 1, 10), costly("a", "o", 1, 200)
    after = RuleObject(after.kind, "a", "o", after.uid, 2, after.spec, after.created)
    budgets = Budgets(size(before) + 1_000, 64 * MIB, 64 * MIB, 64 * MIB)
    checked = check_objects([after], {before.uid: before}, budgets)
    verdict = checked.verdicts[after.key]
    assert (verdict.accepted, verdict.reason, verdict.in_force) == (False, "TooLarge", before)
    assert [one.name for one in checked.namespaces["a"]] == ["o"]


def test_a_previous_version_is_as_old_as_its_object() -> None:
    old, young = costly("a", "old", 1), costly("a", "young", 9)
    broken = RuleObject(
        young.kind, "a", "young", young.uid, 2, {"rules": [rule("young", "nothing")]}, young.created
    )
    kept = RuleObject(
        young.kind, "a", "young", young.uid, 1, young.spec
    )  # a bundle does not say when it was made
    budgets = Budgets(64 * MIB, size(old) * 3 // 2, 64 * MIB, 64 * MIB)
    assert in_force(check_objects([old, broken], {kept.uid: kept}, budgets)) == [old.key]


def test_without_need_nobody_gives_anything_up() -> None:
    assert rooms({"a": {"x": Cost(5)}, "b": {"y": Cost(5)}}, {}, 10) == {}


def test_only_those_above_an_equal_share_give_up() -> None:
    costs = {"a": {"x": Cost(10), "y": Cost(10)}, "b": {"z": Cost(4)}, "c": {"w": Cost(4)}}
    ages = {"x": ("1",), "y": ("2",), "z": ("3",), "w": ("4",)}
    assert rooms(costs, ages, 20) == {"a": 10}
