# SPDX-License-Identifier: Apache-2.0
"""Which techniques the default rules name, and which stories do what a rule sees: read from tags, outputs and
tests/story.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

import yaml

from lanner_page import matrix
from tests.chart.attack import ways
from tests.chart.rendering import CHART

TACTIC: Final = "mitre_"


@dataclass(frozen=True, slots=True)
class Rule:
    """A default rule. `stories`: names of the modules in tests/story that wait for its output; all have the
    rules that are in force, so none waits for one that is shipped Disabled.
    """

    name: str
    active: bool
    tactics: tuple[str, ...]
    techniques: tuple[str, ...]
    stories: tuple[str, ...]


@functools.cache
def rules() -> tuple[Rule, ...]:
    """Every default rule, sorted by name."""
    specs = [yaml.safe_load(file.read_text())["spec"] for file in sorted((CHART / "rules").glob("*.yaml"))]
    found = (
        _rule(one, spec.get("mode", "Active") == "Active") for spec in specs for one in spec.get("rules", ())
    )
    return tuple(sorted(found, key=lambda rule: rule.name))


def _rule(written: dict[str, object], active: bool) -> Rule:
    tags = [str(tag) for tag in written["tags"]]  # type: ignore[attr-defined]
    return Rule(
        name=str(written["name"]),
        active=active,
        tactics=tuple(tag.removeprefix(TACTIC) for tag in tags if tag.startswith(TACTIC)),
        techniques=tuple(tag for tag in tags if tag[:1] == "T" and tag[1:2].isdigit()),
        stories=tuple(ways.of(str(written["name"]))) if active else (),
    )


def by_technique() -> dict[str, tuple[Rule, ...]]:
    """Technique -> the rules that name it or a part of it; those of the platform Containers are all there."""
    named = {number for rule in rules() for number in rule.techniques}
    wanted = sorted(named | set(matrix.containers()))
    return {number: tuple(one for one in rules() if _names(one, number)) for number in wanted}


def _names(rule: Rule, number: str) -> bool:
    return any(one == number or one.startswith(f"{number}.") for one in rule.techniques)
