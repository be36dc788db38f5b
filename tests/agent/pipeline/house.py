# SPDX-License-Identifier: Apache-2.0
"""A loop with the real engine between plain neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lanner_agent.pipeline.loop import Loop
from lanner_agent.publish.alert import Alert
from tests.agent.events import plain, rules


@dataclass
class Ring:
    """Batches that a test prepares."""

    batches: list[list[plain.Event]] = field(default_factory=list)

    def wait(self, timeout_s: float) -> bool:
        return bool(self.batches)

    def wake(self) -> None:
        """Nothing waits."""

    def drain(self) -> Sequence[plain.Event]:
        return self.batches.pop(0) if self.batches else ()


@dataclass
class Metadata:
    """Containers are settled when a test says so."""

    known: set[bytes] = field(default_factory=set)
    unknown: dict[bytes, str] = field(default_factory=dict)

    def settled(self, full_id: bytes) -> bool:
        return full_id in self.known or full_id in self.unknown

    def missing(self, full_id: bytes) -> str | None:
        return None if full_id in self.known else self.unknown.get(full_id, "no answer")


class House:
    """A loop with its neighbours."""

    def __init__(self, *texts: str) -> None:
        self.ring, self.metadata = Ring(), Metadata()
        self.delivered: list[Alert] = []
        self.said: list[str] = []
        self.loop = Loop(
            self.ring, lambda event: event, self.metadata, self.delivered.append, self.said.append
        )
        self.loop.switch(rules.compiled(*texts))

    def feed(self, *events: plain.Event) -> None:
        self.ring.batches.append(list(events))
        self.loop.turn()

    def alerts(self) -> list[tuple[str, int]]:
        return [(alert.rule.name, alert.event.num) for alert in self.delivered]
