# SPDX-License-Identifier: Apache-2.0
"""Numbers by owner and what waits -> the part of FalcoNode's status that says whose alerts became no
Events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lanner_agent.publish.events import note
from lanner_agent.publish.events.account import Owner
from lanner_agent.publish.events.fair_queue import Wait

KINDS: Final = ("published", "suppressed", "dropped")
_LOUD: Final = ("suppressed", "dropped", "waiting")


def by_owner(
    known: Mapping[Owner, Counter[str]], others: Counter[str], waits: Sequence[Wait], most: int, now: float
) -> list[dict[str, Any]]:
    """The `most` with the largest numbers of what became no Event, then all others together."""
    numbers = {owner: Counter(counted) for owner, counted in known.items()}
    for wait in waits:
        counted = numbers.setdefault(wait.account.owner, Counter())
        counted["waiting"] += wait.number
        counted["oldestSeconds"] = max(counted["oldestSeconds"], int(now - wait.since))
    ordered = sorted(numbers.items(), key=lambda item: -sum(item[1][kind] for kind in _LOUD))
    rest = Counter(others)
    for _, counted in ordered[most:]:
        oldest = max(rest["oldestSeconds"], counted.pop("oldestSeconds", 0))
        rest.update(counted)
        rest["oldestSeconds"] = oldest
    shown = [_entry(own, namespace, counted) for (own, namespace), counted in ordered[:most]]
    return [*shown, _entry(False, "", rest, others=True)] if rest.total() else shown


def _entry(own: bool, namespace: str, counted: Counter[str], others: bool = False) -> dict[str, Any]:
    whose = "Others" if others else "Namespace" if own else "Cluster"
    numbers = {kind: counted[kind] for kind in (*KINDS, "waiting", "oldestSeconds")}
    return {"rules": whose, "namespace": note.folded(namespace, 63), **numbers}
