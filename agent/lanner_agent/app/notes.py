# SPDX-License-Identifier: Apache-2.0
"""Messages to the person at the terminal, on standard error: one line each, never in the way of the events.

Goes through the same kind of writer as the alerts, so that a terminal stopped with Ctrl-S holds up nothing.
"""

from __future__ import annotations

import sys

from lanner_agent.publish.stdout import LineWriter


class Notes:
    """`say` may be called from any thread. Its text must be escaped already; a text of several lines stays
    so.
    """

    def __init__(self) -> None:
        self._writer = LineWriter(sys.stderr.fileno(), lines=1000, size=1 << 20)

    def say(self, text: str) -> None:
        self._writer.write(f"lanner: {text}\n".encode("utf-8", "replace"))

    def show(self, text: str) -> None:
        """Without the program's name in front: a rendered diagnostic or a block of the summary."""
        self._writer.write(f"{text}\n".encode("utf-8", "replace"))

    def close(self) -> None:
        self._writer.close(timeout_s=1.0)
