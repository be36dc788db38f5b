# SPDX-License-Identifier: Apache-2.0
"""What is known in the agent -> the status of its FalcoNode, and its counters. Pure but for asking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from lanner_agent.pipeline.counts import Counts
from lanner_agent.pipeline.summary import KernelCounter
from lanner_agent.policy.loaded import Loaded

FAILURES = 64
COUNTERS = 128
_NAME = 128


class Told(Protocol):
    """The part of a condition board that is asked here."""

    def conditions(self) -> list[dict[str, Any]]: ...


def status(board: Told, agent: Mapping[str, str], loaded: Loaded | None, since: str) -> dict[str, Any]:
    """`since`: when `loaded` came into force. A built-in set of rules is no bundle."""
    refused = loaded.refused[:FAILURES] if loaded else ()
    return {
        "bundle": _bundle(loaded, since),
        "conditions": board.conditions(),
        "failures": [
            {"rule": one.rule, "reason": one.reason, "message": one.message[:1024]} for one in refused
        ],
        "agent": dict(agent),
    }


def _bundle(loaded: Loaded | None, since: str) -> dict[str, Any] | None:
    index = loaded.index if loaded else None
    if index is None:
        return None
    return {
        "name": index.name,
        "revision": index.revision,
        "sha256": index.bundleSha256,
        "loadedAt": since,
    }


def counters(
    counts: Counts,
    kernel: Iterable[KernelCounter],
    groups: Mapping[str, Mapping[str, int]],
    sifted: Mapping[str, int],
) -> dict[str, int]:
    """`groups`: further numbers by group (`events`, `bundles`), as group_name, the largest where there is not
    room for all. `sifted`: what the kernel made of events, which are many; they have what room is left.
    """
    unresolved = dict(counts.unresolved)  # in one step: the hot thread goes on counting
    numbers = {
        "events": counts.events,
        "alerts": sum(dict(counts.alerts).values()),
        "parked": counts.parked,
        "unresolved": sum(unresolved.values()),
        "given_up": sum(dict(counts.failed).values()),
        "not_waited": counts.crowded_out,
        "outlived": counts.outlived,
        "unselected": sum(dict(counts.unselected).values()),
    }
    details: dict[str, int] = {}
    for one in kernel:
        _add(details, f"{'lost' if one.lost else 'partial'}_{one.event_class}_{one.reason}", one.value)
    for reason, number in unresolved.items():
        _add(details, f"unresolved_{reason}", number)
    for group, values in groups.items():
        for name, number in values.items():
            _add(details, f"{group}_{name}", number)
    _fill(numbers, details)
    _fill(numbers, sifted)
    return numbers


def _fill(numbers: dict[str, int], more: Mapping[str, int]) -> None:
    """The largest of `more` that there is room for."""
    largest = sorted(more.items(), key=lambda item: (-item[1], item[0]))[: COUNTERS - len(numbers)]
    numbers.update(sorted(largest))


def _add(into: dict[str, int], name: str, number: int) -> None:
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:_NAME]
    into[plain] = into.get(plain, 0) + number
