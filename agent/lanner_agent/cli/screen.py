# SPDX-License-Identifier: Apache-2.0
"""What `lanner run` shows on a terminal: alerts coloured by priority with their fields apart, and a line at
the bottom that says how it goes.

Everything that an attacker wrote is escaped here: nothing reaches the terminal but
escaped text and this file's own styles.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.text import Text

from lanner_agent.app.surface import Standing
from lanner_agent.publish import escape

STYLES: Final = {
    **dict.fromkeys(("Emergency", "Alert", "Critical"), "bold white on red"),
    **dict.fromkeys(("Error",), "bold red"),
    **dict.fromkeys(("Warning",), "bold yellow"),
    **dict.fromkeys(("Notice",), "bold cyan"),
    **dict.fromkeys(("Informational", "Debug"), "dim"),
}
# What stands before a value in an output; an attacker can make a word look like it, and only that.
_KEYS: Final = r"(?<![^\s(])[A-Za-z_][A-Za-z0-9_.]*="
READABLE: Final = 20  # alerts in a second that are laid out
_CLOCK: Final = len("00:00:00.000")
_PRIORITY: Final = len("Informational")
_INDENT: Final = _CLOCK + 1
_A_SECOND: Final = 2  # how often the last line is drawn
_END_S: Final = 1.0  # a terminal that is stopped holds up the end no longer


def wanted(output: str) -> bool:
    """Standard output is a terminal that can move its cursor."""
    capable = os.environ.get("TERM", "dumb") not in ("dumb", "unknown", "")
    return output == "text" and sys.stdout.isatty() and capable


class Screen:
    """A Surface on standard output. $NO_COLOR leaves the colours out, as everywhere."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
        self._second, self._shown = 0, 0

    def _flooded(self) -> bool:
        """Too many to read: the rest of this second come as plain lines, which take less of the processor
        that the watch needs.
        """
        now = int(time.monotonic())
        self._shown = self._shown + 1 if now == self._second else 1
        self._second = now
        return self._shown > READABLE

    def alert(self, line: bytes) -> None:
        """Its clock, priority and rule; below them the output, what it says before its values in a line."""
        try:
            if self._flooded():
                self._console.out(escape.quoted(json.loads(line)["output"]), highlight=False)
            else:
                self._console.print(Group(*_parts(line)))
        except (ValueError, KeyError, AttributeError):  # no alert of ours: all of it is better than none
            self._console.out(escape.quoted(escape.decode(line)), highlight=False)

    def note(self, line: bytes) -> None:
        """As it is; losses stand out."""
        text = Text(escape.harmless_lines(line.decode("utf-8", "replace").rstrip("\n")))
        text.highlight_regex(r"\bLOST\b.*", "bold red")
        text.highlight_regex(r"^lanner:", "dim")
        self._console.print(text, soft_wrap=True)

    @contextmanager
    def showing(self, standing: Callable[[], Standing]) -> Iterator[None]:
        """See Surface."""
        live = Live(
            console=self._console,
            get_renderable=lambda: _status(standing()),
            refresh_per_second=_A_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        live.start()
        try:
            yield
        finally:
            ending = threading.Thread(target=live.stop, name="lanner-screen", daemon=True)
            ending.start()
            ending.join(_END_S)


def _parts(line: bytes) -> Iterator[Text | Padding]:
    alert = json.loads(line)
    clock, _, said = alert["output"].partition(": ")
    sentence, bracket, values = said.removeprefix(alert["priority"]).strip().partition(" (")
    head = Text()
    head.append(f"{escape.quoted(clock)[:_CLOCK]} ", style="dim")
    head.append(f"{alert['priority']:<{_PRIORITY}}", style=STYLES[alert["priority"]])
    head.append(f" {escape.quoted(alert['rule'])}", style="bold")
    yield head
    yield _below(sentence)
    if bracket:
        yield _below(f"({values}")


def _below(text: str) -> Padding:
    shown = Text(escape.quoted(text), overflow="fold")
    shown.highlight_regex(_KEYS, "cyan")
    return Padding(shown, (0, 0, 0, _INDENT))


def _status(now: Standing) -> Text:
    """One line, cut where the terminal ends."""
    rules, events, alerts, lost = now.words()
    text = Text(f" {rules}  {events}  ", "reverse", no_wrap=True)
    text.append(alerts, "bold" if now.alerts else "")
    text.append("  ")
    text.append(lost, "bold red" if "LOST" in lost else "")
    text.append("  Ctrl-C ends ")
    text.truncate(200, overflow="ellipsis")
    return text
