# SPDX-License-Identifier: Apache-2.0
"""Every default rule that is in force is fired for real, by two ways at least in each place that it watches;
every one has cases, near misses among them, and exceptions that can be appended to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
import yaml

from lanner_agent.policy.files import load
from lanner_engine.program.rule import CheckedRule
from tests.chart.attack import ways
from tests.chart.rendering import CHART

CASES = CHART / "tests" / "rules"
ENOUGH = 2
CHECKED = load.check([CHART / "rules"]).rules
RULES = pytest.mark.parametrize("rule", CHECKED, ids=lambda rule: rule.name)


def alerts_and_near_misses() -> tuple[Counter[str], Counter[str]]:
    """By rule."""
    fired, missed = Counter[str](), Counter[str]()
    for file in CASES.glob("*.yaml"):
        for case in yaml.safe_load(file.read_text())["cases"]:
            fired.update(_names(case.get("alerts") or ()))
            missed.update(_names([case["near"]] if "near" in case else ()))
    return fired, missed


def _names(told: Sequence[object]) -> Iterator[str]:
    """A rule may stand with its output."""
    return (str(one["rule"] if isinstance(one, dict) else one) for one in told)


@RULES
def test_it_is_fired_by_two_ways_wherever_it_watches(rule: CheckedRule) -> None:
    found = ways.in_all(rule.name)
    assert {place: found[place] for place in ways.places(rule) if found[place] < ENOUGH} == {}


def test_every_one_has_a_case_and_a_near_miss() -> None:
    fired, missed = alerts_and_near_misses()
    assert [rule.name for rule in CHECKED if not fired[rule.name] or not missed[rule.name]] == []


def test_every_one_has_named_exceptions() -> None:
    specs = (yaml.safe_load(file.read_text())["spec"] for file in (CHART / "rules").glob("*.yaml"))
    written = [rule for spec in specs for rule in spec.get("rules", ())]
    assert [rule["name"] for rule in written if len(rule.get("exceptions", ())) < ENOUGH] == []
