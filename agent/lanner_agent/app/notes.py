# SPDX-License-Identifier: Apache-2.0
"""Messages to the person at the terminal, on standard error, never in the way of the events: lines of text,
or JSON lines where those are in force.

Goes through the same kind of writer as the alerts, so that a terminal stopped with Ctrl-S holds up nothing.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping

from lanner_agent.app import logs
from lanner_agent.pipeline import summary
from lanner_agent.publish.stdout import LineWriter

Blocks = Mapping[str, Mapping[str, int]]


class Notes:
    """`say` may be called from any thread. Its text must be escaped already; a text of several lines stays
    so. `show` shows a line instead of standard error. Between its making and `close` everything that the
    process says goes this way.
    """

    def __init__(self, show: Callable[[bytes], None] | None = None) -> None:
        self._writer = LineWriter(sys.stderr.fileno(), lines=1000, size=1 << 20, show=show)
        logs.through(self._writer.write)

    def say(self, text: str) -> None:
        logs.say(f"lanner: {text}")

    def warn(self, text: str) -> None:
        """Something that needs a person's attention."""
        logs.say(f"lanner: {text}", logging.WARNING)

    def show(self, text: str) -> None:
        """Without the program's name in front: a rendered diagnostic."""
        logs.say(text)

    def summarise(self, head: str, blocks: Blocks) -> None:
        """The end: a line and a block for each title; in JSON one line with all numbers."""
        if logs.in_json():
            logs.say(head, summary={title: dict(numbers) for title, numbers in blocks.items() if numbers})
        else:
            self.say(head)
            for line in summary.blocks(blocks):
                self.show(line)

    def close(self) -> None:
        self._writer.close(timeout_s=1.0)
        logs.through(logs.to_stderr)
