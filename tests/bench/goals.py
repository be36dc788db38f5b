# SPDX-License-Identifier: Apache-2.0
"""goals.toml beside the figures that were measured -> a table: goal, figures, reached or not, and why not."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench import figure_names
from tests.bench.figure_names import Figures

GOALS = Path(__file__).with_name("goals.toml")
REASONS = Path(__file__).with_name("reasons.toml")
HEAD = "| goal | to reach | public rules | default rules | reached |\n| :-- | --: | --: | --: | :-- |\n"


@dataclass(frozen=True, slots=True)
class Goal:
    """`at_most` or `at_least` is given."""

    what: str
    unit: str
    figures: tuple[str, ...]
    at_most: float | None = None
    at_least: float | None = None

    def reached(self, value: float) -> bool:
        return value <= self.at_most if self.at_most is not None else value >= (self.at_least or 0)

    def worst(self, found: Figures, rules: str) -> float | None:
        """Of its figures with these rules, None where there is none."""
        values = [found[name, rules] for name in self.figures if (name, rules) in found]
        if not values:
            return None
        return max(values) if self.at_most is not None else min(values)

    def bound(self) -> str:
        """In words."""
        if self.at_most is not None:
            return f"≤ {self.shown(self.at_most)}"
        return f"≥ {self.shown(self.at_least or 0)}"

    def shown(self, value: float) -> str:
        """With the unit: ratios in hundredths, differences in thousandths."""
        match self.unit:
            case "x":
                return f"x {value:.2f}"
            case "+":
                return f"{value:+.3f}"
            case "%":
                return f"{value:.2f}%"
            case "/s":
                return f"{value:,.0f}/s"
            case "":
                return f"{value:,.0f}"
            case unit:
                return f"{value:.3g} {unit}"


def goals() -> dict[str, Goal]:
    """By key."""
    stated = tomllib.loads(GOALS.read_text())
    return {key: Goal(**{**one, "figures": tuple(one["figures"])}) for key, one in stated.items()}


def reasons() -> dict[str, str]:
    """By the key of the goal."""
    return tomllib.loads(REASONS.read_text())


def table(found: Figures, *, trial: bool) -> str:
    """In Markdown. A trial reaches nothing and misses nothing."""
    said = reasons()
    rows = [
        [*_figures(goal, found), "not measured" if trial else _reached(key, goal, found, said)]
        for key, goal in goals().items()
    ]
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _figures(goal: Goal, found: Figures) -> Iterator[str]:
    yield goal.what
    yield goal.bound()
    for rules in figure_names.STATES:
        value = goal.worst(found, rules)
        yield "" if value is None else goal.shown(value)


def _reached(key: str, goal: Goal, found: Figures, said: Mapping[str, str]) -> str:
    values = [goal.worst(found, rules) for rules in figure_names.STATES]
    if all(goal.reached(value) for value in values if value is not None):
        return "yes"
    return f"**no**: {said.get(key, 'why is not known yet')}"
