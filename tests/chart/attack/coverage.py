# SPDX-License-Identifier: Apache-2.0
"""Which techniques the default rules name, and which stories do what a rule sees: read from tags, outputs and
tests/story.
"""

from __future__ import annotations

import functools
import pathlib
import re
from dataclasses import dataclass
from typing import Final

import yaml

from lanner_page import matrix
from tests.chart.rendering import CHART

STORIES: Final = CHART.parents[1] / "tests" / "story"
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
        stories=_stories(str(written["output"])) if active else (),
    )


def _stories(output: str) -> tuple[str, ...]:
    """Those that name what the output says before its values, which stories wait for: its end, or five words
    of it. Where the output ends the story's words do, too: others may begin alike.
    """
    words = output.split("(", maxsplit=1)[0].split()
    parts = [" ".join(words[at : at + 5]) for at in range(len(words) - 5)]
    ends = [" ".join(words[-most:]) + r"(?! \w)" for most in (3, 5)]
    sought = re.compile("|".join((*map(re.escape, parts), *ends)))
    return tuple(name for name, text in _texts().items() if sought.search(text))


@functools.cache
def _texts() -> dict[str, str]:
    files: list[pathlib.Path] = sorted(STORIES.glob("test_*.py"))
    return {file.name: file.read_text(encoding="utf-8") for file in files}


def by_technique() -> dict[str, tuple[Rule, ...]]:
    """Technique -> the rules that name it or a part of it; those of the platform Containers are all there."""
    named = {number for rule in rules() for number in rule.techniques}
    wanted = sorted(named | set(matrix.containers()))
    return {number: tuple(one for one in rules() if _names(one, number)) for number in wanted}


def _names(rule: Rule, number: str) -> bool:
    return any(one == number or one.startswith(f"{number}.") for one in rule.techniques)
