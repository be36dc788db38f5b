# SPDX-License-Identifier: Apache-2.0
"""One object with an error contributes nothing; all others are unaffected; what follows from it cascades."""

from __future__ import annotations

import pytest

from lanner_engine.objects.verdicts import check_objects
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
from tests.story import public_rules


def test_nothing_makes_nothing() -> None:
    checked = check_objects([])
    assert (dict(checked.verdicts), checked.cluster, dict(checked.namespaces)) == ({}, (), {})


def test_good_objects_are_in_force_in_load_order() -> None:
    first, last = cluster("z", rule("Z"), loadOrder=1), tenant("n", "t", rule("T"))
    checked = check(cluster("b", rule("B")), last, first, cluster("a", rule("A")))
    assert verdicts(checked) == {"z": "+Valid", "a": "+Valid", "b": "+Valid", "n/t": "+Valid"}
    assert names(checked.cluster) == ["Z", "A", "B"]
    assert names(checked.namespaces["n"]) == ["T"]
    assert [one.name for one in checked.in_force] == ["z", "a", "b", "t"]


def test_an_object_with_one_bad_rule_contributes_nothing() -> None:
    checked = check(cluster("a", rule("good"), rule("bad", "proc.nam = x")), cluster("b", rule("other")))
    assert verdicts(checked) == {"a": "-UnknownField", "b": "+Valid"}
    assert names(checked.cluster) == ["other"]
    assert checked.in_force == (checked.verdicts["ClusterFalcoRule/b"].object,)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (rule(condition="evt.type = "), "ParseError"),
        (rule(condition="proc.nam = x"), "UnknownField"),
        (rule(condition="proc.pid contains x"), "TypeMismatch"),
        (rule(condition="proc.pid = x"), "TypeMismatch"),
        (rule(condition="nowhere"), "MacroNotFound"),
        (rule(output="%proc.nam"), "UnknownField"),
        (rule(output="%"), "ParseError"),
        (rule(priority="LOUD"), "InvalidSpec"),
        (change(priority="INFO"), "OverrideTargetNotFound"),
        (appended("r", "and x"), "OverrideTargetNotFound"),
        ({"name": "r", "condition": OPEN}, "InvalidSpec"),
        (rule(name="x" * 129), "TooLarge"),
        (rule(nothing=1), "InvalidSpec"),
    ],
    ids=str,
)
def test_every_error_has_a_reason(written: dict[str, object], reason: str) -> None:
    checked = check(cluster("a", written), cluster("b", rule("other")))
    assert verdicts(checked) == {"a": f"-{reason}", "b": "+Valid"}
    assert names(checked.cluster) == ["other"]


def test_places_are_paths_with_line_and_column_inside_the_field() -> None:
    bad = rule(condition="evt.type = open\n  and proc.nam = x")
    checked = check(cluster("a", rule("good"), bad))
    assert said(checked, "ClusterFalcoRule/a") == (
        "spec.rules[1].condition:2:7: error: there is no field proc.nam [LOAD_ERR_COMPILE_CONDITION]\n"
        "      and proc.nam = x\n"
        "          ^~~~~~~~\n"
        "    hint: did you mean proc.name?"
    )


def test_shapes_are_refused_with_their_paths() -> None:
    checked = check(cluster("a", {**rule(), "conditon": 1}, loadOrdr=1), cluster("b"))
    assert said(checked, "ClusterFalcoRule/a") == (
        "spec.rules[0].conditon:1:1: error: unknown key [LOAD_ERR_YAML_VALIDATE]\n"
        "spec.loadOrdr:1:1: error: unknown key [LOAD_ERR_YAML_VALIDATE]\n"
        "    hint: did you mean loadOrder?"
    )
    assert said(checked, "ClusterFalcoRule/b") == (
        "spec:1:1: error: the spec defines nothing [LOAD_ERR_YAML_VALIDATE]\n"
        "    hint: add rules, macros, lists or content"
    )


def test_errors_of_content_stand_in_the_content() -> None:
    content = f"- required_engine_version: 0.57.0\n---\n- macro: m\n  condition: {OPEN}\n---\n"
    content += "- rule: r\n  desc: d\n"
    good = f"{content}  condition: m\n  output: o\n  priority: INFO\n"
    checked = check(cluster("a", content=good), cluster("b", content=content + "  condition: n\n"))
    assert verdicts(checked) == {"a": "+Valid", "b": "-InvalidSpec"}
    assert names(checked.cluster) == ["r"]
    assert said(checked, "ClusterFalcoRule/b").splitlines()[:3] == [
        "spec.content:6:9: error: the rule has no output [LOAD_ERR_YAML_VALIDATE]",
        "    - rule: r",
        "            ^",
    ]
    checked = check(cluster("a", content="- required_engine_version: 0.99.0"), cluster("b", content="a: [\n"))
    assert verdicts(checked) == {"a": "-EngineTooOld", "b": "-ParseError"}
    assert said(checked, "ClusterFalcoRule/a").startswith(
        "spec.content:1:28: error: the rules ask for engine"
    )


def test_an_object_may_hold_only_lists_and_macros() -> None:
    words = cluster("words", lists=[{"name": "l", "items": ["a"]}], macros=[macro("m", "proc.name in (l)")])
    user = cluster("a-user", rule(condition=f"{OPEN} and m"), loadOrder=1)
    checked = check(words, user)
    assert verdicts(checked) == {"a-user": "+Valid", "words": "+Valid"}
    assert checked.verdicts["ClusterFalcoRule/words"].rules == ()
    broken = check(cluster("words", macros=[macro("m", "proc.nam = x")]), user, cluster("c", rule("C")))
    assert verdicts(broken) == {"a-user": "-MacroNotFound", "c": "+Valid", "words": "-UnknownField"}


def test_macros_of_later_objects_are_seen_by_rules_but_not_by_macros() -> None:
    late = cluster("late", macros=[macro("m", OPEN)], loadOrder=900)
    checked = check(late, cluster("uses", rule(condition="m")), cluster("early", macros=[macro("n", "m")]))
    assert verdicts(checked) == {"early": "-MacroNotFound", "uses": "+Valid", "late": "+Valid"}
    assert "hint: it is defined after the macro that uses it" in said(checked, "ClusterFalcoRule/early")


def test_a_chain_of_macros_falls_from_its_broken_end() -> None:
    links = [
        cluster(f"m{n:02}", macros=[macro(f"m{n}", f"m{n - 1}" if n else "evt.type =")]) for n in range(30)
    ]
    checked = check(*links, cluster("x", rule(condition="m29")), cluster("y", rule("Y")))
    middle = {f"m{n:02}": "-MacroNotFound" for n in range(1, 30)}
    assert verdicts(checked) == {"m00": "-ParseError", **middle, "x": "-MacroNotFound", "y": "+Valid"}


def test_a_later_object_redefines_a_rule() -> None:
    checked = check(cluster("a", rule(priority="INFO")), cluster("b", rule(priority="ERROR")))
    (one,) = checked.cluster
    assert (one.priority.label, one.owner) == ("Error", checked.verdicts["ClusterFalcoRule/b"].object)
    assert checked.verdicts["ClusterFalcoRule/a"].rules == ()


def test_a_rule_that_is_redefined_must_be_right_all_the_same() -> None:
    checked = check(cluster("a", rule(condition="proc.nam = x")), cluster("b", rule()))
    assert verdicts(checked) == {"a": "-UnknownField", "b": "+Valid"}
    checked = check(cluster("a", macros=[macro("m", "x =")]), cluster("b", macros=[macro("m", OPEN)]))
    assert verdicts(checked) == {"a": "-ParseError", "b": "+Valid"}


def test_a_macro_that_no_rule_uses_is_warned_of() -> None:
    checked = check(cluster("a", macros=[macro("m", "proc.nam = x")]))
    assert verdicts(checked) == {"a": "+Valid"}
    assert said(checked, "ClusterFalcoRule/a").splitlines()[0] == (
        "spec.macros[0].condition:1:1: warning: a rule that uses this macro will have an error: "
        "there is no field proc.nam [LOAD_WARNING_EXTENSION]"
    )


def test_a_rule_changed_in_part_keeps_its_owner_and_scope() -> None:
    first = cluster("a", rule(), hostScope="Only")
    checked = check(first, cluster("b", change(output="new"), hostScope="Include"))
    (one,) = checked.cluster
    assert one.output.text.startswith("new ")
    assert (one.owner, one.scope and one.scope.host) == (first, "Only")
    assert checked.verdicts["ClusterFalcoRule/a"].rules == (one,)
    assert checked.verdicts["ClusterFalcoRule/b"].rules == ()


def test_a_change_of_what_is_not_there_falls_with_it() -> None:
    checked = check(cluster("a", rule(condition="proc.nam = x")), cluster("b", change(output="new")))
    assert verdicts(checked) == {"a": "-UnknownField", "b": "-OverrideTargetNotFound"}


def test_a_disabled_object_is_as_if_it_were_not_there() -> None:
    checked = check(
        cluster("a", rule(condition="nowhere"), mode="Disabled"), cluster("b", change(output="new"))
    )
    assert verdicts(checked) == {"a": "+Disabled", "b": "-OverrideTargetNotFound"}
    assert checked.in_force == ()


def test_warnings_do_not_hinder() -> None:
    checked = check(cluster("a", rule(condition="evt.type != open")))
    assert verdicts(checked) == {"a": "+Valid"}
    assert said(checked, "ClusterFalcoRule/a").startswith("spec.rules[0].name:1:1: warning: rule r can match")
    (one,) = checked.verdicts["ClusterFalcoRule/a"].rules
    assert len(one.event_types) > 50


def test_the_public_rules_are_one_object() -> None:
    content = public_rules.path().read_text()
    checked = check(cluster("public", content=content), tenant("shop", "public", content=content))
    assert verdicts(checked) == {"public": "+Valid", "shop/public": "+Valid"}
    assert names(checked.cluster) == names(checked.namespaces["shop"])
    assert len(checked.cluster) == 25


def test_an_object_for_a_newer_engine_is_refused_alone() -> None:
    checked = check(cluster("a", rule("x"), requiredEngine="0.999.0"), cluster("b", rule("y")))
    assert verdicts(checked) == {"a": "-EngineTooOld", "b": "+Valid"}


def test_a_broken_item_of_the_clusters_list_refuses_who_uses_it() -> None:
    held = cluster("a", lists=[{"name": "l", "items": ["cat", "a(b"]}])
    checked = check(held, tenant("shop", "t", rule(condition=f"{OPEN} and proc.name in (l)")))
    assert verdicts(checked) == {"a": "+Valid", "shop/t": "-TypeMismatch"}
    assert "ClusterFalcoRule/a has an error in spec.lists[0]" in said(checked, "FalcoRule/shop/t")
