# SPDX-License-Identifier: Apache-2.0
"""An object with mode DryRun is judged and compiled like any other, and touches nothing of others."""

from __future__ import annotations

import pytest

from lanner_engine.resources.rule_object import RuleObject
from tests.engine.objects.falco_objects import (
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

OTHERS = cluster(
    "base", rule("shells", "evt.type = execve and spawned"), macros=[macro("spawned", "evt.dir = <")]
)


def test_its_rules_are_evaluated_and_marked() -> None:
    checked = check(OTHERS, cluster("tried", rule("mine"), mode="DryRun"))
    assert verdicts(checked) == {"base": "+Valid", "tried": "+Valid"}
    assert [(one.name, one.dry_run) for one in checked.cluster] == [("shells", False), ("mine", True)]


def test_it_may_use_what_others_define() -> None:
    checked = check(OTHERS, tenant("shop", "tried", rule("mine", "spawned"), mode="DryRun"))
    assert verdicts(checked)["shop/tried"] == "+Valid"


@pytest.mark.parametrize(
    "tried",
    [
        cluster("tried", change("shells", output="louder"), mode="DryRun"),
        cluster("tried", appended("shells", "and proc.name = sh"), mode="DryRun"),
        cluster("tried", rule("shells"), mode="DryRun"),
        cluster("tried", rule("mine"), macros=[macro("spawned", "evt.dir = >")], mode="DryRun"),
        tenant("shop", "tried", rule("mine"), macros=[macro("spawned", "evt.dir = >")], mode="DryRun"),
    ],
)
def test_it_cannot_change_what_others_define(tried: RuleObject) -> None:
    checked = check(OTHERS, tried)
    assert verdicts(checked) == {"base": "+Valid", tried.key.split("/", 1)[1]: "-InvalidSpec"}
    assert names(checked.cluster) == ["shells"]
    words = said(checked, tried.key)
    assert "error: with mode DryRun an object changes nothing of others" in words
    assert "give it a name of its own" in words


def test_what_is_for_certain_nodes_changes_nothing_that_is_for_all() -> None:
    selector = {"matchLabels": {"gpu": "yes"}}
    louder = cluster("gpu", change("shells", output="louder"), nodeSelector=selector)
    checked = check(OTHERS, louder, cluster("own", rule("own"), nodeSelector=selector))
    assert verdicts(checked) == {"base": "+Valid", "gpu": "-InvalidSpec", "own": "+Valid"}
    assert "with a nodeSelector an object changes nothing of others" in said(checked, louder.key)


def test_an_edit_to_dry_run_that_is_refused_leaves_the_active_version_in_force() -> None:
    before = cluster("mine", rule("shells"), rule("mine"), loadOrder=900)
    checked = check(
        OTHERS,
        cluster("mine", rule("shells"), loadOrder=900, generation=2, mode="DryRun"),
        previous=(before,),
    )
    assert verdicts(checked)["mine"] == "~InvalidSpec"
    assert not any(one.dry_run for one in checked.cluster)
