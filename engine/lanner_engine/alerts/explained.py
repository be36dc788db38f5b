# SPDX-License-Identifier: Apache-2.0
"""An alert explained: its rule's condition with the values that made each part true, as lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lanner_engine.alerts.known import AlertFacts
from lanner_engine.alerts.reading import Alert
from lanner_engine.ast import And, FieldRef, Or
from lanner_engine.diagnostics import visible
from lanner_engine.explain import reasons
from lanner_engine.explain.answers import Answer, answers, following
from lanner_engine.explain.written import Written
from lanner_engine.fields import table


@dataclass(frozen=True, slots=True)
class Explained:
    """`fits`: what the alert says goes together with the rule. `place` is the rule's; `reasons` are lines."""

    fits: bool
    place: str
    reasons: tuple[str, ...]


def explained(alert: Alert, rule: Written) -> tuple[bool, list[str]]:
    """Whether what the alert says goes together with the rule; and lines."""
    found = explain(alert, rule)
    return found.fits, [_head(alert), found.place, *found.reasons]


def explain(alert: Alert, rule: Written) -> Explained:
    """The same, in parts."""
    facts = AlertFacts(alert.fields)
    answer = answers(rule, facts)
    fits = answer.outcome is not False
    whole = following(answer)
    lines = list(reasons.lines(whole if fits else answer, facts.shown))
    if not fits:
        lines.append(
            "The values of the alert do not make this rule true: when it fired the rule was another, or text "
            "of the event was changed on its way out."
        )
    elif missing := list(dict.fromkeys(_missing(whole, facts))):
        lines.append(
            "* follows: the rule fired. To see the values, add to its output: "
            + " ".join(f"%{name}" for name in missing)
        )
    return Explained(fits, _place(rule), tuple(lines))


def _head(alert: Alert) -> str:
    words = (alert.priority, f"{alert.rule}:", alert.time, f"on {alert.hostname}" if alert.hostname else "")
    return visible(" ".join(filter(None, words)))


def _place(rule: Written) -> str:
    span = rule.definition.span
    line, column = span.position()
    return visible(f"{span.source.name}:{line}:{column}")


def _missing(answer: Answer, facts: AlertFacts) -> Iterator[str]:
    """Fields that parts with no answer of their own ask for, and an output can print."""
    if answer.follows or answer.outcome is None:
        for ref in answer.refs:
            if not facts.knows(ref) and _printable(ref):
                yield table.spelling(ref)
    for one in reasons.deciding(answer) if isinstance(answer.node, And | Or) else answer.below:
        yield from _missing(one, facts)


def _printable(ref: FieldRef) -> bool:
    return "F" not in table.FIELDS[ref.name].flags and not table.is_many(ref)
