# SPDX-License-Identifier: Apache-2.0
"""The part of docs/reference/default-rules.md about ATT&CK: techniques, rules, stories, gaps."""

from __future__ import annotations

from collections.abc import Iterator

from lanner_page import matrix
from tests.chart.attack import coverage
from tests.chart.attack.gaps import GAPS

HEAD = """
## What of ATT&CK is covered

![the matrix with what is covered](../attack-matrix.svg)

By {version}: every technique that it has for containers, and every other that a rule
names. A rule that names a part of a technique (T1059.004) stands with the whole. Stories really do it, in a
container or on the host, with all these rules in force; rules in *italics* are shipped `Disabled`.
"""


def text() -> str:
    """Markdown with its heading."""
    kept = matrix.kept()
    parts = (_section(kept, word) for word in kept.tactics)
    return HEAD.format(version=kept.version) + "".join(part for part in parts if part)


def _section(kept: matrix.Matrix, word: str) -> str:
    number, name = kept.tactics[word]
    rows = "".join(_rows(kept, word))
    if not rows:
        return ""
    head = "| technique | rules | stories |\n|---|---|---|\n"
    return f"\n### {name} ({number})\n\n{head}{rows}"


def _rows(kept: matrix.Matrix, word: str) -> Iterator[str]:
    for number, rules in coverage.by_technique().items():
        technique = kept.techniques[number]
        if word in technique.tactics:
            seen = ", ".join(_rule(rule) for rule in rules) or f"none: {GAPS[number]}"
            stories = sorted({story for rule in rules for story in rule.stories})
            links = ", ".join(_link(story) for story in stories)
            yield f"| {number} {technique.name} | {seen} | {links} |\n"


def _rule(rule: coverage.Rule) -> str:
    return rule.name if rule.active else f"*{rule.name}*"


def _link(story: str) -> str:
    return f"[{story.removeprefix('test_').removesuffix('.py').replace('_', ' ')}](../../tests/story/{story})"
