# SPDX-License-Identifier: Apache-2.0
"""What one output must do by itself, and how it says that it could not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, Protocol

from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.source import LannerError


class Cause(StrEnum):
    """Why an alert never arrived: all there is, so that counters stay bounded."""

    QUEUE_FULL = "queue full"
    SHARE_FULL = "share of the queue full"
    REFUSED = "refused"  # the receiver will not have this alert
    TRIES = "tried too often"
    AT_END = "not sent before the end"
    FAILED = "failed"  # an error in the agent


class LaterError(LannerError):
    """An output does not work now; the first `sent` alerts are through.

    `after` seconds were asked for; `suspect`: it may be due to what was sent, so that trying for ever would
    hold up all others.
    """

    def __init__(
        self, words: str, *, sent: int = 0, after: float | None = None, suspect: bool = False
    ) -> None:
        super().__init__(words)
        self.sent, self.after, self.suspect = sent, after, suspect


class RefusedError(LannerError):
    """An output will never take `number` of the first `of` alerts; it has the others."""

    def __init__(self, words: str, number: int = 1, *, of: int = 1) -> None:
        super().__init__(words)
        self.number, self.of = number, of


NO_NUMBERS: Final[Mapping[str, int]] = {}


class Carrier(Protocol):
    """All of it is called by one thread, but for what made it. `target`: where to, for people; `batch`: how
    many are sent at once, at most.
    """

    @property
    def target(self) -> str: ...
    @property
    def batch(self) -> int: ...

    def form(self, alert: Snapshot) -> bytes:
        """What is sent of an alert, escaped and redacted. May take its time."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Further numbers for the summary."""
        ...

    def send(self, formed: Sequence[bytes]) -> int:
        """The first of them, in order: how many. An OSError counts as LaterError."""
        ...

    def idle(self) -> None:
        """About every second while nothing is to be sent."""
        ...

    def reopen(self) -> None:
        """Begin anew with the next: files, connections, certificates."""
        ...

    def close(self) -> None: ...


class Opened:
    """What carriers have in common that keep something open, a file or a connection, and make it when they
    send: to begin anew is to close it.
    """

    def counts(self) -> Mapping[str, int]:
        return NO_NUMBERS

    def idle(self) -> None:
        """What ended at rest is made anew by the next send."""

    def reopen(self) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is open before the first send."""
