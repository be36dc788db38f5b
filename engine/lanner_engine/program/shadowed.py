# SPDX-License-Identifier: Apache-2.0
"""Rules that never make an alert because one before them is true whenever they are.

Rules of one API object are asked in order, and so are those of all plain rules files: the first that is true
makes the alert. Objects do not shadow each other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence

from lanner_engine.passes.implies import implies
from lanner_engine.program.rule import CheckedRule
from lanner_engine.source import Diagnostic
from lanner_engine.steps import Steps, TooManyStepsError

MAX_STEPS = 100_000  # for all rules of one set; beyond them nothing is said
_CODE = "LOAD_COMPILE_CONDITION"
_HINT = "put it before that one, or let that one leave out what this one is about"


def warnings(rules: Iterable[CheckedRule]) -> Iterator[Diagnostic]:
    """One for each such rule of a set, at its place."""
    asked: dict[str, list[CheckedRule]] = {}
    for rule in rules:
        asked.setdefault(rule.owner_key, []).append(rule)
    steps = Steps(MAX_STEPS, "which rule is before which")
    with contextlib.suppress(TooManyStepsError):
        for together in asked.values():
            yield from _of(together, steps)


def _of(rules: Sequence[CheckedRule], steps: Steps) -> Iterator[Diagnostic]:
    for number, rule in enumerate(rules):
        before = _shadow(rule, rules[:number], steps)
        if before is not None:
            message = f"rule {rule.name} never makes an alert: {before.name} is true whenever it is"
            yield Diagnostic("warning", _CODE, message, rule.span, _HINT)


def _shadow(rule: CheckedRule, before: Sequence[CheckedRule], steps: Steps) -> CheckedRule | None:
    """The first rule before this one that is true whenever it is; none of a rule that is never true, as one
    that is switched off by evt.num = 0.
    """
    for one in before if rule.event_types else ():
        if rule.event_types <= one.event_types and implies(rule.condition, one.condition, steps):
            return one
    return None
