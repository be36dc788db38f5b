# SPDX-License-Identifier: Apache-2.0
"""An object that breaks what an earlier one defined is refused, and the earlier one stays."""

from __future__ import annotations

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
    verdicts,
)

GOOD = cluster("a", rule(condition=f"{OPEN} and m"), macros=[macro("m", "proc.name = x")])


def test_an_append_with_an_error_of_its_own() -> None:
    checked = check(GOOD, cluster("b", appended("r", "and proc.nam = x")))
    assert verdicts(checked) == {"a": "+Valid", "b": "-UnknownField"}
    assert said(checked, "ClusterFalcoRule/b").startswith(
        "spec.rules[0].condition:1:5: error: there is no field"
    )


def test_a_redefined_macro_that_closes_a_loop() -> None:
    first = cluster("a", rule(condition="m"), macros=[macro("n", OPEN), macro("m", "n")])
    checked = check(first, cluster("b", rule("B")), cluster("c", macros=[macro("n", "m")]))
    assert verdicts(checked) == {"a": "+Valid", "b": "+Valid", "c": "-InvalidSpec"}
    assert said(checked, "ClusterFalcoRule/c") == (
        "spec.macros[0].condition:1:1: error: reference loop in macro 'm' [LOAD_ERR_VALIDATE]\n    m\n    ^"
    )


def test_a_loop_found_in_the_text_of_the_innocent() -> None:
    first = cluster("a", rule(condition="n"), macros=[macro("n", OPEN), macro("m", "n")])
    checked = check(first, cluster("b", rule("B")), cluster("c", macros=[macro("n", "m")]))
    assert verdicts(checked) == {"a": "+Valid", "b": "+Valid", "c": "-InvalidSpec"}
    assert said(checked, "ClusterFalcoRule/c") == (
        "spec:1:1: error: with this object, ClusterFalcoRule/a has an error in spec.macros[1].condition: "
        "reference loop in macro 'n' [LOAD_ERR_VALIDATE]"
    )


def test_a_macro_that_grows_too_large_for_those_who_use_it() -> None:
    wide = " or ".join(f"proc.name = x{number}" for number in range(200))
    first = cluster(
        "a", rule(condition=f"{OPEN} and ({' or '.join(['m'] * 150)})"), macros=[macro("m", OPEN)]
    )
    others = [cluster(f"b{number}", macros=[macro(f"o{number}", OPEN)]) for number in range(5)]
    again = [cluster(f"c{number}", macros=[macro(f"o{number}", "proc.name = y")]) for number in range(5)]
    checked = check(first, *others, *again, cluster("d", macros=[macro("m", wide)]))
    wanted = {one.name: "+Valid" for one in (first, *others, *again)}
    assert verdicts(checked) == {**wanted, "d": "-TypeMismatch"}
    assert "with this object, ClusterFalcoRule/a has an error" in said(checked, "ClusterFalcoRule/d")


def test_a_change_does_not_excuse_the_guilty() -> None:
    checked = check(GOOD, cluster("b", rule("bad", "proc.nam = x")), cluster("c", change(output="new")))
    assert verdicts(checked) == {"a": "+Valid", "b": "-UnknownField", "c": "+Valid"}
    assert names(checked.cluster) == ["r"]
