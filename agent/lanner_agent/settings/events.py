# SPDX-License-Identifier: Apache-2.0
"""The part `events`: which alerts become Events, and how many. Its figures and bounds are those of
publish/events/settings.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from lanner_agent.publish.events.settings import RANGES, EventSettings
from lanner_agent.publish.settings.base import PriorityName
from lanner_agent.settings.part import Part

_DEFAULTS: Final = EventSettings()
_NAMES: Final = {"priority": "least", "node_rate": "node_qps", "node_most_rate": "node_most_qps"}


def _number(setting: str, description: str) -> Any:
    low, high = RANGES[setting]
    return Field(default=getattr(_DEFAULTS, setting), ge=low, le=high, description=description)


class EventsSettings(Part):
    """Sizes in bytes, times in seconds, rates a second."""

    priority: PriorityName = Field(
        default=_DEFAULTS.least, description="Alerts that are less severe stay on standard output."
    )
    rule_burst: int = _number("rule_burst", "Events of one rule in one pod before `ruleInterval` holds.")
    rule_interval: float = _number("rule_interval", "Seconds to one more Event of a rule in a pod.")
    pod_burst: int = _number("pod_burst", "Events about one pod before `podInterval` holds.")
    pod_interval: float = _number("pod_interval", "Seconds to one more Event about a pod.")
    namespace_burst: int = _number(
        "namespace_burst", "Events of a namespace's own rules before `namespaceInterval` holds."
    )
    namespace_interval: float = _number(
        "namespace_interval", "Seconds to one more Event of a namespace's own rules."
    )
    node_burst: int = _number("node_burst", "Requests of a node before `nodeRate` holds.")
    node_rate: float = _number("node_qps", "Requests of a node a second at first.")
    node_most_rate: float = _number(
        "node_most_qps", "Requests of a node a second while the API server answers in time."
    )
    reserve: float = _number(
        "reserve", "Part of the pods' and the node's budget that only Critical and above use."
    )
    series_pause: float = _number("series_pause", "Seconds between two writes of a repeated alert's count.")
    series_refresh: float = _number("series_refresh", "Seconds until a count that goes on is written anyway.")
    series_end: float = _number(
        "series_end", "Seconds without a repeat after which the last count is written."
    )
    queue_length: int = _number("queue_length", "Alerts that may wait for the API server.")
    fields_size: int = _number(
        "fields_size", "Bytes of the annotation with the output's fields; 0 leaves it out."
    )

    def made(self) -> EventSettings:
        """As the publisher takes them."""
        names = type(self).model_fields
        return EventSettings(**{_NAMES.get(name, name): getattr(self, name) for name in names})
