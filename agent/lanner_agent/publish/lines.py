# SPDX-License-Identifier: Apache-2.0
"""Standard output as an output: each alert as one line, in the form that the user asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lanner_agent.publish.alert import Alert
from lanner_agent.publish.output import Form, Given
from lanner_agent.publish.stdout import LineWriter

NO_NUMBERS: Final[Mapping[str, int]] = {}


def made(given: Given) -> Lines:
    """Every agent has it."""
    return Lines(given.lines, given.form)


class Lines:
    """The writer counts what it refuses."""

    title: Final = "standard output"

    def __init__(self, writer: LineWriter, form: Form) -> None:
        self._writer = writer
        self._form = form

    def offer(self, alert: Alert) -> None:
        self._writer.write(self._form(alert))

    def lost(self) -> Mapping[str, int]:
        return self._writer.lost

    def counts(self) -> Mapping[str, int]:
        return NO_NUMBERS

    def close(self) -> None:
        self._writer.close()
