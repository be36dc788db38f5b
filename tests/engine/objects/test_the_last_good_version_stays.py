# SPDX-License-Identifier: Apache-2.0
"""An edit that breaks an object leaves its last good version in force, and nobody else without it."""

from __future__ import annotations

from tests.engine.objects.falco_objects import OPEN, change, check, cluster, macro, names, rule, verdicts

GOOD = cluster("a", rule(priority="INFO"))
BROKEN = cluster("a", rule(condition="proc.nam = x"), generation=2)


def test_the_previous_version_is_in_force() -> None:
    checked = check(BROKEN, cluster("b", change(output="new")), previous=(GOOD,))
    assert verdicts(checked) == {"a": "~UnknownField", "b": "+Valid"}
    (one,) = checked.cluster
    assert one.owner == GOOD
    assert one.output.text.startswith("new ")
    verdict = checked.verdicts["ClusterFalcoRule/a"]
    assert (verdict.object, verdict.in_force, verdict.rules) == (BROKEN, GOOD, (one,))
    assert checked.in_force[0].generation == 1


def test_it_keeps_its_own_place_in_the_order() -> None:
    before = cluster("a", rule("A"), loadOrder=900)
    checked = check(
        cluster("a", rule("A", "x"), generation=2, loadOrder=1), cluster("b", rule("B")), previous=(before,)
    )
    assert names(checked.cluster) == ["B", "A"]
    assert list(checked.verdicts) == ["ClusterFalcoRule/a", "ClusterFalcoRule/b"]
    assert [one.name for one in checked.in_force] == ["b", "a"]


def test_a_shape_that_is_refused_has_a_previous_version_too() -> None:
    checked = check(cluster("a", rule(nothing=1), generation=2), previous=(GOOD,))
    assert verdicts(checked) == {"a": "~InvalidSpec"}


def test_an_object_made_anew_has_no_previous_version() -> None:
    again = cluster("a", rule(condition="proc.nam = x"), uid="another")
    assert verdicts(check(again, previous=(GOOD,))) == {"a": "-UnknownField"}


def test_a_previous_version_that_misses_something_now_is_left_out() -> None:
    words = cluster("0", macros=[macro("m", OPEN)])
    before = cluster("a", rule(condition="m"))
    assert verdicts(check(words, BROKEN, previous=(before,))) == {"0": "+Valid", "a": "~UnknownField"}
    assert verdicts(check(BROKEN, previous=(before,))) == {"a": "-UnknownField"}


def test_a_previous_version_that_changes_what_is_gone_is_left_out() -> None:
    before = cluster("b", change(output="old"))
    after = cluster("b", change(output="%proc.nam"), generation=2)
    assert verdicts(check(cluster("a", rule()), after, previous=(before,))) == {
        "a": "+Valid",
        "b": "~UnknownField",
    }
    assert (
        verdicts(check(after, cluster("c", rule("C")), previous=(before,)))["b"] == "-OverrideTargetNotFound"
    )


def test_a_disabled_object_has_no_previous_version() -> None:
    off = cluster("a", rule(), mode="Disabled", generation=2)
    checked = check(off, previous=(GOOD,))
    assert (verdicts(checked), checked.in_force) == ({"a": "+Disabled"}, ())


def test_a_version_that_was_disabled_was_never_in_force() -> None:
    off = cluster("a", rule(), mode="Disabled")
    assert verdicts(check(BROKEN, previous=(off,))) == {"a": "-UnknownField"}


def test_the_version_itself_is_no_previous_version() -> None:
    assert verdicts(check(BROKEN, previous=(BROKEN,))) == {"a": "-UnknownField"}
    before = cluster("a", rule(condition="m"))
    assert verdicts(check(before, previous=(before,))) == {"a": "-MacroNotFound"}


def test_what_came_back_is_there_for_those_who_use_it() -> None:
    """The broken edit also dropped the macro that `b` uses; the version that is in force has it."""
    before = cluster("a", macros=[macro("m", OPEN)])
    after = cluster("a", macros=[macro("n", "proc.name =")], generation=2)
    checked = check(
        after, cluster("b", rule(condition="m")), cluster("c", change(output="new")), previous=(before,)
    )
    assert verdicts(checked) == {"a": "~ParseError", "b": "+Valid", "c": "+Valid"}
    missing = cluster("a", macros=[macro("n", "nowhere")], generation=2)
    checked = check(
        missing, cluster("b", rule(condition="m")), cluster("c", rule("C", "q")), previous=(before,)
    )
    assert verdicts(checked) == {"a": "~MacroNotFound", "b": "+Valid", "c": "-MacroNotFound"}
