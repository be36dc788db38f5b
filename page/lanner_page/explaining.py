# SPDX-License-Identifier: Apache-2.0
"""Rules and explanations of alerts as the page has them, of what the engine has."""

from __future__ import annotations

from typing import Final

from lanner_engine.alerts import explained, reading
from lanner_engine.explain.written import Written
from lanner_engine.passes import order
from lanner_engine.program.rule import CheckedRule
from lanner_page.source import Alert, Explanation, Rule

LONGEST: Final = 16_000  # characters of a condition or an output; macros stand by their names


def explanation(alert: Alert, rule: Written) -> Explanation:
    """Why it fired."""
    fields = alert.body.get("output_fields")
    told = reading.Alert(alert.rule, fields if isinstance(fields, dict) else {}, priority=alert.priority)
    found = explained.explain(told, rule)
    return Explanation(found.fits, found.place, rule.definition.condition.value[:LONGEST], found.reasons)


def rule(checked: CheckedRule, condition: str, loaded: int, of: int) -> Rule:
    """Without its hits."""
    owner = checked.owner
    return Rule(
        name=checked.name,
        object=owner.key if owner else checked.span.source.name,
        namespace=owner.namespace if owner else "",
        priority=checked.priority.label,
        tags=tuple(sorted(checked.tags)),
        condition=condition[:LONGEST],
        output=checked.output.text[:LONGEST],
        loaded=loaded,
        of=of,
        cost=order.cost(checked.condition),
    )
