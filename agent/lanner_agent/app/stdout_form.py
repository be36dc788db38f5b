# SPDX-License-Identifier: Apache-2.0
"""The form of an alert on standard output, with or without its secrets, as the settings say now; in the
journal with its priority.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lanner_agent.app import journal
from lanner_agent.publish import redact
from lanner_agent.publish.snapshot import Snapshot
from lanner_agent.settings.model import Settings

STDOUT: Final = 1
_HIDES: Final[dict[str, redact.Hide]] = {"hide": redact.redacted, "show": redact.shown}


class StdoutForm:
    """`take` other settings from any thread."""

    def __init__(self, line: Callable[[Snapshot, redact.Hide], bytes], settings: Settings) -> None:
        self._line = line
        self._journal = journal.reads(STDOUT)
        self.take(settings)

    def take(self, settings: Settings) -> None:
        """From the next alert on."""
        self._hide = _HIDES[settings.secrets]

    def __call__(self, alert: Snapshot) -> bytes:
        line = self._line(alert, self._hide)
        return journal.marked(line, int(alert.rule.priority)) if self._journal else line
