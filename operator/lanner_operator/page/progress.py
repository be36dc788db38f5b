# SPDX-License-Identifier: Apache-2.0
"""How the last change of the rules reached the nodes, from when agents say that they have it in force. Pure.

What counts is what an agent said first of a bundle: one that is started anew loads it again, later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from math import ceil
from typing import Final

from lanner_engine.bundle.index import Index
from lanner_operator.status.node import Node
from lanner_page.source import Propagation

SLOWEST: Final = 10
_NS: Final = 1_000_000_000


class Progress:
    """Of one bundle; of the one before nothing is kept."""

    def __init__(self) -> None:
        self._bundle = ""
        self._seconds: dict[str, float] = {}  # from the change, by node

    def look(self, index: Index | None, nodes: Iterable[Node]) -> Propagation | None:
        """As it is now; None where there is no bundle."""
        changed = _seconds(index.created) if index else None
        if index is None or changed is None:
            return None
        known = list(nodes)
        if index.bundleSha256 != self._bundle:
            self._bundle, self._seconds = index.bundleSha256, {}
        for node in known:
            loaded = _seconds(node.said.loaded_at)
            if node.bundle == self._bundle and loaded is not None:
                self._seconds.setdefault(node.name, max(0.0, loaded - changed))
        there = {node.name for node in known}
        return self._told(index, changed, len(known), {n: s for n, s in self._seconds.items() if n in there})

    def _told(self, index: Index, changed: float, nodes: int, took: dict[str, float]) -> Propagation:
        ordered = sorted(took.items(), key=lambda one: (-one[1], one[0]))
        seconds = sorted(took.values())
        return Propagation(
            bundle=index.name,
            changed_at_ns=int(changed) * _NS,
            nodes=nodes,
            done=len(took),
            p50_s=_quantile(seconds, 0.5),
            p99_s=_quantile(seconds, 0.99),
            slowest=tuple(ordered[:SLOWEST]),
        )


def _quantile(ordered: list[float], part: float) -> float | None:
    """The nearest rank."""
    return ordered[ceil(part * len(ordered)) - 1] if ordered else None


def _seconds(written: str) -> float | None:
    try:
        return datetime.fromisoformat(written).timestamp()
    except ValueError:
        return None
