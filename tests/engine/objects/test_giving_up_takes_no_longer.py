# SPDX-License-Identifier: Apache-2.0
"""A set that takes too many attempts is given up, and that takes few more of them, however many objects."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from lanner_engine.documents.definitions import Definitions
from lanner_engine.objects import acceptance
from lanner_engine.objects.attempt import Attempt, attempt
from lanner_engine.objects.versions import Version
from lanner_engine.resources.rule_object import RuleObject
from tests.engine.objects.falco_objects import appended, check, cluster, rule, said, verdicts

GOOD = tuple(cluster(f"good{number:02}", rule(f"R{number}")) for number in range(30))


def broken(condition: str = "nothing", generation: int = 2) -> RuleObject:
    return cluster("broken", rule("B", condition), generation=generation)


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[Attempt]:
    """Those that were made, where the first one is already too much."""
    found: list[Attempt] = []

    def noted(versions: Iterable[Version], view: Definitions | None) -> Attempt:
        found.append(attempt(versions, view))
        return found[-1]

    monkeypatch.setattr(acceptance, "attempt", noted)
    monkeypatch.setattr(acceptance, "MAX_STEPS", 0)
    return found


def test_what_was_good_before_is_looked_at_once_and_not_once_an_object(attempts: list[Attempt]) -> None:
    before = (*GOOD, broken("evt.type = open", 1))
    checked = check(*GOOD, broken(), previous=before)
    assert len(attempts) <= 4
    found = verdicts(checked)
    assert found.pop("broken") == "~MacroNotFound"
    assert set(found.values()) == {"+Valid"}
    assert len(checked.cluster) == 31


def test_what_nothing_good_is_known_of_is_refused(attempts: list[Attempt]) -> None:
    checked = check(*GOOD, cluster("new", rule("N")), broken(), previous=GOOD)
    assert len(attempts) <= 4
    assert verdicts(checked)["new"] == "-TooLarge"
    assert "takes too many steps" in said(checked, "ClusterFalcoRule/new")
    assert len(checked.cluster) == 30


def test_there_is_no_search_for_a_culprit_any_more(attempts: list[Attempt]) -> None:
    """Sixteen objects append to one rule, and one of them breaks it."""
    many = [cluster(f"x{number:02}", appended("R0", f"and proc.name != x{number}")) for number in range(16)]
    many[11] = cluster("x11", appended("R0", "and nothing"))
    checked = check(*GOOD, *many, previous=GOOD)
    assert len(attempts) <= 6
    found = verdicts(checked)
    assert all(found[one.name] == "+Valid" for one in GOOD)
    assert {found[one.name] for one in many} <= {"-TooLarge", "-InvalidSpec", "-MacroNotFound"}
