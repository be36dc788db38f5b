# SPDX-License-Identifier: Apache-2.0
"""What an output is, and what it may be made of. `outputs` has the list of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from lanner_agent.publish import redact
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.settings.outputs import OutputsSettings
from lanner_agent.publish.snapshot import Snapshot
from lanner_agent.publish.stdout import LineWriter

Form = Callable[[Snapshot], bytes]  # an alert as one line
_NOW: Final = ("_length", "_active", "_s", "waiting")


class Output(Protocol):
    """One place that alerts go to. `title` heads its numbers in the summary at the end."""

    @property
    def title(self) -> str: ...

    def offer(self, alert: Alert) -> object:
        """Take one alert or refuse and count it, on the hot thread: never waits, never raises."""

    def lost(self) -> Mapping[str, int]:
        """Alerts that did not arrive, by reason: the summary calls them LOST."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Further numbers for the summary, since the start, or right now (`is_now`)."""
        ...

    def reopen(self) -> None:
        """SIGHUP: begin anew with files and connections. A signal handler calls it."""

    def close(self) -> None:
        """After the last alert: write what is left within seconds, count the rest."""


@dataclass(frozen=True, slots=True)
class Given:
    """`lines` writes to standard output, `form` makes its lines; `events` publishes to the cluster, where
    there is one. `say` tells the user, once for each thing. `settings` name the other outputs, of whose
    alerts `hide` hides secrets. `remembered` keeps the last ones, where there is a page.
    """

    lines: LineWriter
    form: Form
    say: Callable[[str], None]
    events: Output | None = None
    settings: OutputsSettings = field(default_factory=OutputsSettings)
    hide: redact.Hide = redact.redacted
    remembered: Output | None = None


def is_now(word: str) -> bool:
    """Whether a number of `counts` is of this moment (a queue's length, how long the oldest waits), and not
    how often something happened.
    """
    return word.endswith(_NOW)


Maker = Callable[[Given], Output | None]  # None: not on this agent
