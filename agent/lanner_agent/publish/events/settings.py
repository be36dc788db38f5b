# SPDX-License-Identifier: Apache-2.0
"""What may be set about Events, with the values that hold by default.

The figures follow client-go where it has them (tools/events: series; tools/record: spam filter, queue).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lanner_engine.program.rule import Priority

MAX_FIELDS = 8192
MAX_QUEUE = 100_000
_TIME: Final = (0.001, 86_400.0)
_NUMBER: Final = (1, 10_000)
# Name of a setting -> the least and the most that is possible.
RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "fields_size": (0, MAX_FIELDS),
    "reserve": (0, 0.9),
    "queue_length": (1, MAX_QUEUE),
    "series_kept": (1, MAX_QUEUE),
    **dict.fromkeys(("node_qps", "node_most_qps", "namespace_interval"), _TIME),
    **dict.fromkeys(("pod_interval", "rule_interval", "series_pause", "series_refresh"), _TIME),
    **dict.fromkeys(("series_end", "summary_delay", "summary_interval"), _TIME),
    **dict.fromkeys(("node_burst", "namespace_burst", "pod_burst", "rule_burst", "tries"), _NUMBER),
}


@dataclass(frozen=True, slots=True)
class EventSettings:
    """Sizes in bytes, times in seconds, rates a second.

    A `reserve` is the part of a budget that only alerts of priority Critical and above may use, so that
    noise, made on purpose or not, cannot keep them out.

    Raises:
        ValueError: a value out of its range, with the value's name.
    """

    least: Priority = Priority.NOTICE  # what is less severe stays on standard output
    fields_size: int = 2048  # of the annotation output-fields; 0 leaves it out
    reserve: float = 0.2
    node_qps: float = 1.0  # requests a second of this node at first, series and summaries included
    node_most_qps: float = 20.0  # while the API server answers in time and never asks for less
    node_burst: int = 30
    namespace_burst: int = 250  # of the own rules of a namespace
    namespace_interval: float = 5.0
    pod_burst: int = 25  # of the cluster's rules, and as many of its namespace's own
    pod_interval: float = 300.0  # one more Event for a pod
    rule_burst: int = 10
    rule_interval: float = 60.0  # one more Event for a rule in a pod
    queue_length: int = 1000
    series_kept: int = 2048
    series_pause: float = 60.0  # between two writes of one series
    series_refresh: float = 1800.0  # half of the hour that an API server keeps an Event
    series_end: float = 360.0  # after the last repeat
    summary_delay: float = 10.0  # from the first alert that was not published to the summary
    summary_interval: float = 300.0
    tries: int = 12  # of one request that the server answers with an error of its own

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} is {value:g}, between {low:g} and {high:g} is possible")
