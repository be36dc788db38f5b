# SPDX-License-Identifier: Apache-2.0
"""Standard output as an output: each alert as one line, in the form that the user asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from lanner_agent.publish.alert import Alert
from lanner_agent.publish.output import Form, Given
from lanner_agent.publish.stdout import LineWriter
from lanner_engine.program.rule import Priority

NO_NUMBERS: Final[Mapping[str, int]] = {}


def made(given: Given) -> Lines:
    """Every agent has it."""
    return Lines(given.lines, given.form, given.settings.stdout.minimum_priority)


class Lines:
    """The writer counts what it refuses."""

    title: Final = "standard output"

    def __init__(self, writer: LineWriter, form: Form, least: Priority = Priority.DEBUG) -> None:
        self._writer = writer
        self._form = form
        self._least = least
        self._below = 0

    def offer(self, alert: Alert) -> None:
        if alert.rule.priority > self._least:
            self._below += 1
        else:
            told = alert.snapshot
            self._writer.later(partial(self._form, told), told.size)

    def lost(self) -> Mapping[str, int]:
        return self._writer.lost

    def counts(self) -> Mapping[str, int]:
        return {"below threshold": self._below} if self._below else NO_NUMBERS

    def reopen(self) -> None:
        """It was open before this program began."""

    def close(self) -> None:
        self._writer.close()
