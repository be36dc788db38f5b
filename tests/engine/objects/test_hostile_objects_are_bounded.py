# SPDX-License-Identifier: Apache-2.0
"""Objects made to hurt: many, large, deep, strange. Each check ends in time, and hurts only its own set."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_engine.bundle.shards import MAX_UNPACKED, cut
from lanner_engine.objects import limits
from lanner_engine.objects.verdicts import check_objects
from lanner_engine.resources.rule_object import RuleObject
from tests.engine.objects.falco_objects import (
    OPEN,
    appended,
    change,
    check,
    cluster,
    macro,
    names,
    rule,
    said,
    tenant,
    verdicts,
)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < seconds


def ordinary(number: int, path: str = "/etc/x", generation: int = 1) -> RuleObject:
    condition = f"evt.type in (open, openat, openat2) and fd.name startswith {path}{number}"
    condition += " and not proc.name in (sshd, cron) and container.id != host"
    return cluster(f"o{number:03}", rule(f"Rule {number}", condition), generation=generation)


def test_200_objects_take_a_second_and_an_edit_less() -> None:
    many = [ordinary(number) for number in range(200)]
    with within(1):
        assert len(check_objects(many).cluster) == 200
    many[7] = ordinary(7, "/etc/y", generation=2)
    with within(0.7):
        assert len(check_objects(many).cluster) == 200


def test_an_edit_in_one_namespace_costs_that_namespace() -> None:
    many = [
        tenant(f"n{space}", f"t{number}", rule(f"R{number}")) for space in range(100) for number in range(10)
    ]
    check_objects(many)
    many[0] = tenant("n0", "t0", rule("other"), generation=2)
    with within(0.3):
        checked = check_objects(many)
    assert names(checked.namespaces["n0"])[0] == "other"


def test_a_thousand_objects_that_append() -> None:
    many = [cluster(f"a{number:04}", appended("r", f"and proc.name != {'x' * 200}")) for number in range(999)]
    with within(20):
        checked = check(cluster("0", rule()), *many)
    assert verdicts(checked)["0"] == "+Valid"
    assert set(verdicts(checked).values()) <= {"+Valid", "-InvalidSpec", "-ParseError", "-TypeMismatch"}


def test_more_objects_than_a_set_holds() -> None:
    many = [cluster(f"a{number:04}", rule(f"R{number}")) for number in range(limits.CLUSTER.objects + 2)]
    checked = check_objects(many)
    assert len(checked.cluster) == limits.CLUSTER.objects
    assert verdicts(checked)["a1001"] == "-TooLarge"
    assert said(checked, "ClusterFalcoRule/a1001") == (
        "spec:1:1: error: too much: all of them together may hold 4,096 KiB in 1,000 objects "
        "[LOAD_ERR_YAML_VALIDATE]\n    hint: delete objects, or make lists shorter"
    )


def test_a_namespace_full_of_large_contents_leaves_others_alone() -> None:
    line = "- {rule: r%d-%d, desc: d, condition: evt.type = open, output: o, priority: INFO}\n"
    contents = ["".join(line % (number, row) for row in range(1_500)) for number in range(100)]
    assert len(contents[99]) < 128 << 10
    many = [tenant("greedy", f"t{number:02}", content=content) for number, content in enumerate(contents)]
    with within(15):
        checked = check(*many, tenant("other", "t", rule()))
    found = verdicts(checked)
    assert found.pop("other/t") == "+Valid"
    assert 3 <= list(found.values()).count("+Valid") <= 5
    assert list(found.values()).count("-TooLarge") >= 95


def test_many_large_namespaces_leave_room_for_small_ones_and_a_bundle() -> None:
    content = "# " + "x" * (127 << 10) + "\n- {macro: m, condition: evt.type = open}\n"
    many = [
        tenant(f"large{space:02}", f"t{number}", content=content)
        for space in range(40)
        for number in range(4)
    ]
    with within(20):
        checked = check(*many, tenant("z-small", "t", rule()))
    found = verdicts(checked)
    assert found["z-small/t"] == "+Valid"
    refused = [name for name, verdict in found.items() if verdict == "-TooLarge"]
    assert 0 < len(refused) < 60
    assert "of all namespaces together may hold 16,384 KiB" in said(checked, f"FalcoRule/{refused[-1]}")
    assert sum(shard.size for shard in cut(checked.in_force, "p").shards) < MAX_UNPACKED


def test_the_largest_namespaces_are_crowded_out_first() -> None:
    full = limits.NAMESPACE.characters
    sizes = {"small": 10, **{f"n{number:02}": full * 3 for number in range(limits.ALL_NAMESPACES // full)}}
    assert limits.crowded_out(sizes) == {"n31"}
    assert limits.crowded_out({name: size for name, size in sizes.items() if name != "small"}) == frozenset()


def test_rules_that_cost_too_much_together_leave_others_alone() -> None:
    wide = macro("wide", " or ".join(f"proc.name = x{number}" for number in range(400)))
    wider = macro("wider", " or ".join(["wide"] * 10))
    users = [
        tenant("greedy", f"u{number:02}", rule(f"R{number}", f"{OPEN} and wider")) for number in range(40)
    ]
    with within(10):
        checked = check(tenant("greedy", "0", macros=[wide, wider]), *users, tenant("other", "t", rule()))
    found = list(verdicts(checked).values())
    assert (found.count("-TooLarge"), found.count("+Valid")) == (36, 6)
    assert verdicts(checked)["other/t"] == "+Valid"


def nested(depth: int, around: Any = 1) -> Any:
    for number in range(depth):
        around = [around] if number % 2 else {"a": around}
    return around


@pytest.mark.parametrize("depth", [10, 500, 50_000])
@pytest.mark.parametrize("where", ["rules", "podSelector", "loadOrder", "x"])
def test_deep_nesting(depth: int, where: str) -> None:
    with within(5):
        checked = check(cluster("a", **{where: nested(depth)}), cluster("b", rule()))
    assert verdicts(checked) == {"a": "-InvalidSpec", "b": "+Valid"}


def test_content_of_the_largest_size_that_is_all_errors() -> None:
    with within(20):
        checked = check(cluster("a", content="- {macro: m, conditio: a}\n" * 4_900), cluster("b", rule()))
    verdict = checked.verdicts["ClusterFalcoRule/a"]
    assert (verdict.reason, verdict.in_force) == ("InvalidSpec", None)
    assert len(verdict.diagnostics) <= 1_001


def test_errors_beyond_what_is_kept_are_errors() -> None:
    """Warnings fill what is kept of one object; the error behind them still refuses it."""
    content = "- {macro: m, condition: evt.num = 1, extra: 1}\n" * 1_500 + "- {macro: n}\n"
    assert verdicts(check(cluster("a", content=content))) == {"a": "-InvalidSpec"}


def test_a_circle_of_dependencies_ends() -> None:
    many = [
        cluster(f"a{number:03}", change(f"r{number + 1}", output="x"), loadOrder=1) for number in range(200)
    ]
    with within(10):
        checked = check(*many, cluster("b", rule()))
    assert set(verdicts(checked).values()) == {"-OverrideTargetNotFound", "+Valid"}


TEXT = st.sampled_from(
    ["m", "n", "evt.type = open", "proc.nam = x", "m and n", "not m", "(", "evt.num = 1", "\0", "x" * 40]
)
NAME = st.sampled_from(["m", "n", "r"])
ITEM = st.fixed_dictionaries(
    {"name": NAME, "condition": TEXT},
    optional={
        "override": st.sampled_from(
            [{"condition": "append"}, {"condition": "replace"}, {"output": "replace"}, {}]
        ),
        "output": st.sampled_from(["o", "%proc.name", "%nothing"]),
        "desc": st.just("d"),
        "priority": st.sampled_from(["INFO", "none"]),
    },
)
SPEC = st.fixed_dictionaries(
    {},
    optional={
        "rules": st.lists(ITEM, max_size=2),
        "macros": st.lists(ITEM.map(lambda one: {k: one[k] for k in ("name", "condition")}), max_size=2),
        "loadOrder": st.integers(0, 2),
        "mode": st.sampled_from(["Active", "Disabled"]),
        "hostScope": st.sampled_from(["Include", "Only"]),
    },
)
SPECS = st.lists(st.tuples(st.booleans(), SPEC, st.none() | SPEC), max_size=6)


def made(own: bool, number: int, spec: dict[str, Any], generation: int) -> RuleObject:
    name = f"o{number}"
    if own:
        return tenant("a", name, generation=generation, **spec)
    return cluster(name, generation=generation, **spec)


@settings(max_examples=150, deadline=None)
@given(SPECS)
def test_whatever_is_in_force_is_clean_by_itself(
    specs: list[tuple[bool, dict[str, Any], dict[str, Any] | None]],
) -> None:
    objects, previous = [], []
    for number, (own, spec, before) in enumerate(specs):
        objects.append(made(own, number, spec, 2))
        previous += [made(own, number, before, 1)] if before is not None else []
    checked = check(*objects, previous=tuple(previous))
    assert set(checked.verdicts) == {one.key for one in objects}
    again = check_objects(checked.in_force)
    assert all(one.accepted for one in again.verdicts.values())
    assert names(again.cluster) == names(checked.cluster)
    assert {name: names(own) for name, own in again.namespaces.items()} == {
        name: names(own) for name, own in checked.namespaces.items()
    }
    for verdict in checked.verdicts.values():
        if not verdict.accepted:
            assert any(one.severity == "error" for one in verdict.diagnostics)
        assert (verdict.reason == "Valid") == (verdict.in_force is verdict.object)


def test_a_macro_of_a_cluster_may_be_shadowed_by_any_number_of_namespaces() -> None:
    many = [
        tenant(f"n{number}", "t", rule(condition="m"), macros=[macro("m", OPEN)]) for number in range(300)
    ]
    with within(5):
        checked = check(cluster("p", macros=[macro("m", "evt.type = openat")]), *many)
    assert len(checked.namespaces) == 300


@settings(max_examples=200, deadline=None)
@given(SPECS, SPEC, st.booleans())
def test_a_last_object_never_takes_anything_from_others_of_its_set(
    specs: list[tuple[bool, dict[str, Any], dict[str, Any] | None]], last: dict[str, Any], own: bool
) -> None:
    before = check(*(made(own, number, spec, 1) for number, (own, spec, _) in enumerate(specs)))
    newest = made(own, 9, {**last, "loadOrder": 9}, 1)
    after = check_objects([*before.in_force, newest])
    for one in before.in_force:
        if one.namespace == newest.namespace:
            assert after.verdicts[one.key].accepted
