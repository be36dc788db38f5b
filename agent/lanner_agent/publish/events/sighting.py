# SPDX-License-Identifier: Apache-2.0
"""What an Event will need of an alert, taken from it at once and bounded. Made by the ledger, on the hot
thread: fields are read there only.

Redacting, escaping and laying out wait for the other thread, and are spared for what is never published.
"""

from __future__ import annotations

from dataclasses import dataclass

from lanner_agent.publish.alert import Alert
from lanner_agent.publish.events.rule_card import RuleCard
from lanner_engine.fields.facts import Container

LONGEST_OUTPUT = 16 * 1024
_LONGEST_VALUE = 4096
_MOST_ITEMS = 64


@dataclass(frozen=True, slots=True)
class Sighting:
    """`time` in ns since the epoch; `output` rendered and `values` read, neither escaped nor redacted."""

    card: RuleCard
    container: Container
    time: int
    output: bytes
    values: dict[str, object]


def of(alert: Alert, card: RuleCard, container: Container) -> Sighting:
    event = alert.event
    output = alert.rule.output.render(event)[:LONGEST_OUTPUT]
    return Sighting(card, container, event.time, output, values(alert))


def values(alert: Alert) -> dict[str, object]:
    """The values of the output's fields, cut to a few KiB each, with the event's time."""
    found = {name: _bounded(value) for name, value in alert.rule.output.values(alert.event).items()}
    found["evt.time"] = alert.event.time
    return found


def _bounded(value: object) -> object:
    if isinstance(value, bytes):
        return value[:_LONGEST_VALUE]
    if isinstance(value, tuple | list):
        return [_bounded(item) for item in value[:_MOST_ITEMS]]
    return value
