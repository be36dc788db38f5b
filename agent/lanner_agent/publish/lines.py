# SPDX-License-Identifier: Apache-2.0
"""Standard output as an output: each alert as one line, in the form that the user asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from lanner_agent.publish import stdout
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.output import Form, Given
from lanner_agent.publish.sending.carrier import Cause
from lanner_agent.publish.sending.outage import Drops
from lanner_agent.publish.sending.shares import Share, Shares, is_urgent
from lanner_agent.publish.snapshot import Snapshot
from lanner_agent.publish.stdout import LineWriter
from lanner_engine.program.rule import Priority

NO_NUMBERS: Final[Mapping[str, int]] = {}


def made(given: Given) -> Lines:
    """Every agent has it."""
    return Lines(given.lines, given.form, given.settings.stdout.minimum_priority, given.say)


class Lines:
    """The writer counts what it refuses. Its queue has the shares that other outputs' queues have."""

    title: Final = "standard output"

    def __init__(
        self,
        writer: LineWriter,
        form: Form,
        least: Priority = Priority.DEBUG,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._writer = writer
        self._form = form
        self._least = least
        self._below = self._crowded = 0
        self._shares = Shares(stdout.QUEUE_LINES, stdout.QUEUE_BYTES)
        self._drops = Drops(self.title, say)

    def offer(self, alert: Alert) -> None:
        if alert.rule.priority > self._least:
            self._below += 1
            return
        told = alert.snapshot
        size, shares = told.size, self._shares.of(told)
        for share in shares:
            if not share.has_room(size):
                self._refuse(share)
                return
        self._queue(told, size, shares)

    def _queue(self, told: Snapshot, size: int, shares: tuple[Share, ...]) -> None:
        def left() -> None:
            for share in shares:
                share.take(size)

        if self._writer.later(partial(self._form, told), size, is_urgent(told), left):
            for share in shares:
                share.put(size)

    def _refuse(self, share: Share) -> None:
        """Another reason than a full queue, as long as there is a reader."""
        if self._writer.gone:
            self._writer.refuse(stdout.READER_GONE)
            return
        self._crowded += 1
        self._writer.refuse(Cause.SHARE_FULL)
        self._drops.full(Cause.SHARE_FULL, self._crowded, f"too many waited of {share.words}")

    def lost(self) -> Mapping[str, int]:
        return self._writer.lost

    def counts(self) -> Mapping[str, int]:
        return {"below threshold": self._below} if self._below else NO_NUMBERS

    def reopen(self) -> None:
        """It was open before this program began."""

    def close(self) -> None:
        self._writer.close()
