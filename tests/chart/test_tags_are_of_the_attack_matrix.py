# SPDX-License-Identifier: Apache-2.0
"""Every default rule names techniques that the ATT&CK matrix has, under tactics that they have, and told in
a story.
"""

from __future__ import annotations

import pytest

from lanner_page import matrix
from tests.chart.attack import coverage, gaps, picture

KEPT = matrix.kept()
RULES = pytest.mark.parametrize("rule", coverage.rules(), ids=lambda rule: rule.name)


@RULES
def test_techniques_are_there_and_not_revoked(rule: coverage.Rule) -> None:
    assert rule.techniques
    assert [number for number in rule.techniques if number not in KEPT.techniques] == []


@RULES
def test_the_first_tactic_is_one_of_the_first_technique(rule: coverage.Rule) -> None:
    """What alerts are selected by: `lanner.dev/tactic`, and the label of the metric."""
    assert rule.tactics[0] in KEPT.techniques[rule.techniques[0]].tactics


@RULES
def test_every_tactic_is_one_of_a_technique(rule: coverage.Rule) -> None:
    had = {word for number in rule.techniques for word in KEPT.techniques[number].tactics}
    assert set(rule.tactics) <= had


@RULES
def test_every_technique_has_one_of_the_tactics(rule: coverage.Rule) -> None:
    assert all(set(rule.tactics) & set(KEPT.techniques[number].tactics) for number in rule.techniques)


@RULES
def test_a_story_waits_for_it(rule: coverage.Rule) -> None:
    assert rule.stories or not rule.active


def test_the_matrix_is_whole() -> None:
    """The figures of MITRE's release notes for v19."""
    parts = [number for number in KEPT.techniques if "." in number]
    assert (len(KEPT.tactics), len(KEPT.techniques) - len(parts), len(parts)) == (15, 222, 475)


def test_techniques_for_containers_are_there() -> None:
    assert [number for number in matrix.containers() if number not in KEPT.techniques] == []


def test_gaps_are_told_where_there_is_one_and_nowhere_else() -> None:
    assert set(gaps.GAPS) == {number for number, rules in coverage.by_technique().items() if not rules}


def test_the_picture_is_current() -> None:
    assert picture.FILE.read_text(encoding="utf-8") == picture.svg()
