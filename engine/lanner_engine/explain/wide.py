# SPDX-License-Identifier: Apache-2.0
"""Rules on hot calls that the kernel can hardly hold back, so that nearly each of these calls on the machine
is an event: `evt.type = read and fd.name = x`. Checked rules in, warnings out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lanner_engine.explain import clause_words
from lanner_engine.fields.tables.event_names import HOT
from lanner_engine.index.classes import CLASS_OF
from lanner_engine.index.clauses import by_type
from lanner_engine.passes import named_events
from lanner_engine.program.rule import CheckedRule
from lanner_engine.source import Diagnostic, Span

_CODE: Final = "LOAD_WARNING_EXTENSION"
_HINT: Final = (
    "say whose calls it is about (proc.name, user.name, ...) or which numbers they are given; "
    "what a descriptor is, is asked of the event only"
)


def warnings(rules: Iterable[CheckedRule]) -> Iterator[Diagnostic]:
    """One for each such rule, at the first name of such a call."""
    for rule in rules:
        wide = sorted(_let_through(rule))
        if wide:
            message = (
                f"rule {rule.name} makes an event of nearly every {' and '.join(wide)} on the machine: "
                "the kernel can tell too little of its condition to hold them back"
            )
            yield Diagnostic("warning", _CODE, message, _place(rule, wide), _HINT)


def _let_through(rule: CheckedRule) -> Iterator[str]:
    found = by_type(rule.condition, sorted(rule.event_types & HOT), rule.scope)
    for name, clauses in found.items():
        if not all(clause_words.selective(one, CLASS_OF[name]) for one in clauses):
            yield name


def _place(rule: CheckedRule, wide: list[str]) -> Span:
    named = named_events.named(rule.condition)
    spans = [one.span for one in named if one.value.decode("utf-8", "replace") in wide]
    own = [one for one in spans if one.source == rule.span.source]
    return min(own, key=lambda one: one.start, default=rule.span)
