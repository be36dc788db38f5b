# SPDX-License-Identifier: Apache-2.0
"""What arrives of one deed while one rule after another is in force: what is true, what is not known to the
kernel, and what it holds back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from lanner_engine.reference.evaluate import evaluate
from tests.kernel.sifting import Sieve, rules


@dataclass(frozen=True, slots=True)
class Asked:
    """Conditions on a deed's events of these types: `true` ones; `passed`, which are false, and not held
    back; `held` back.
    """

    types: str
    deed: Callable[[], object]
    true: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)


def answers(sieve: Sieve, asked: Asked) -> Asked:
    """What came of it; equal to what was asked."""
    conditions = [*asked.true, *asked.passed, *asked.held]
    rounds = [f"evt.type in ({asked.types}) and ({one})" for one in conditions]
    found: dict[str, list[str]] = {"true": [], "passed": [], "held": []}
    types = asked.types.split(", ")
    seen = sieve.seen_by_each([(one,) for one in rounds], asked.deed)
    for condition, whole, events in zip(conditions, rounds, seen, strict=True):
        (rule,) = rules(whole)
        own = [event for event in events if event.type in types]
        holds = any(evaluate(rule.condition, event) for event in own)
        found["true" if holds else "passed" if own else "held"].append(condition)
    return Asked(asked.types, asked.deed, **found)
