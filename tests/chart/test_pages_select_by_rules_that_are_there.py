# SPDX-License-Identifier: Apache-2.0
"""What a page shows to select Events of a rule by finds those of a default rule."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lanner_agent.publish.events import names
from tests.chart.attack import coverage
from tests.chart.rendering import CHART

ROOT = CHART.parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
SELECTED = re.compile(r"lanner\.dev/rule=([\w.-]+)")
# A line of `kubectl get events`: what the Event is about stands behind its reason.
SHOWN = re.compile(r"(?:Normal|Warning)\s+([A-Z]\w+)\s+[Pp]od/")


def found(pattern: re.Pattern[str]) -> Iterator[str]:
    for page in PAGES:
        yield from pattern.findall(page.read_text(encoding="utf-8"))


def test_labels_are_those_of_default_rules() -> None:
    selected = set(found(SELECTED))
    assert selected
    assert selected <= {names.slug(rule.name) for rule in coverage.rules()}


def test_reasons_are_those_of_default_rules() -> None:
    shown = set(found(SHOWN))
    assert shown
    assert shown <= {names.reason(rule.name) for rule in coverage.rules()}
