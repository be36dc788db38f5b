# SPDX-License-Identifier: Apache-2.0
"""Options --events-…: which alerts become Events, and how many.

In: what click read. Out: EventSettings. The chart has the same under `agent.events`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

from lanner_agent.publish.events.settings import RANGES, EventSettings
from lanner_engine.program.rule import Priority

Command = TypeVar("Command", bound=Callable[..., Any])

_PREFIX: Final = "events_"
_PRIORITIES: Final = [priority.label for priority in Priority]


@dataclass(frozen=True, slots=True)
class Option:
    """`--events-NAME`, $LANNER_EVENTS_NAME and `agent.events.NAME` of the chart, each in its own spelling."""

    name: str  # with underscores
    setting: str  # of EventSettings
    help: str

    @property
    def variable(self) -> str:
        return f"LANNER_EVENTS_{self.name.upper()}"


NUMBERS: Final = (
    Option("rule_burst", "rule_burst", "Events of one rule in one pod before --events-rule-interval holds."),
    Option("rule_interval", "rule_interval", "Seconds to one more Event of a rule in a pod."),
    Option("pod_burst", "pod_burst", "Events about one pod before --events-pod-interval holds."),
    Option("pod_interval", "pod_interval", "Seconds to one more Event about a pod."),
    Option(
        "namespace_burst",
        "namespace_burst",
        "Events of a namespace's own rules before --events-namespace-interval holds.",
    ),
    Option(
        "namespace_interval", "namespace_interval", "Seconds to one more Event of a namespace's own rules."
    ),
    Option("node_burst", "node_burst", "Requests of a node before --events-node-rate holds."),
    Option("node_rate", "node_qps", "Requests of a node a second at first."),
    Option(
        "node_most_rate", "node_most_qps", "Requests of a node a second while the API server answers in time."
    ),
    Option("reserve", "reserve", "Part of the pods' and the node's budget that only Critical and above use."),
    Option("series_pause", "series_pause", "Seconds between two writes of a repeated alert's count."),
    Option("series_refresh", "series_refresh", "Seconds until a count that goes on is written anyway."),
    Option("series_end", "series_end", "Seconds without a repeat after which the last count is written."),
    Option("queue_length", "queue_length", "Alerts that may wait for the API server."),
    Option(
        "fields_size", "fields_size", "Bytes of the annotation with the output's fields; 0 leaves it out."
    ),
)


def options(command: Command) -> Command:
    """All of them, with the defaults and the ranges of EventSettings."""
    for option in reversed(NUMBERS):
        command = _number(option)(command)
    return click.option(
        "--events-priority",
        envvar="LANNER_EVENTS_PRIORITY",
        type=click.Choice(_PRIORITIES, case_sensitive=False),
        default=EventSettings().least.label,
        show_default=True,
        help="Alerts that are less severe stay on standard output.",
    )(command)


def settings(given: Mapping[str, Any]) -> EventSettings:
    """`given`: click's values by their names, `events_priority` and so on."""
    numbers = {option.setting: given[_PREFIX + option.name] for option in NUMBERS}
    return EventSettings(least=Priority[given["events_priority"].upper()], **numbers)


def _number(option: Option) -> Callable[[Command], Command]:
    low, high = RANGES[option.setting]
    default = getattr(EventSettings(), option.setting)
    kind = click.IntRange(int(low), int(high)) if isinstance(default, int) else click.FloatRange(low, high)
    return click.option(
        f"--events-{option.name.replace('_', '-')}",
        envvar=option.variable,
        type=kind,
        default=default,
        show_default=True,
        help=option.help,
    )
