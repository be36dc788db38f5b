# SPDX-License-Identifier: Apache-2.0
"""A recording beside the watch: its ring and look-ups in the loop's way, its rules, its alerts, its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lanner_agent.decode.session import Session
from lanner_agent.enrich.containers import Containers
from lanner_agent.enrich.lookups import NodeLookups
from lanner_agent.kernel.probes import Probes
from lanner_agent.kernel.record import Record
from lanner_agent.pipeline.contracts import Ring
from lanner_agent.publish import escape
from lanner_agent.publish.alert import Alert
from lanner_agent.recording.wishes import Wishes
from lanner_engine.codegen.compile import Program

if TYPE_CHECKING:
    from lanner_agent.recording.starting import Recording
    from lanner_agent.recording.tap import Tap

TITLE: Final = "recording"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded from the ring that the loop drains. `indexed`: the kernel holds events back."""

    recording: Recording
    indexed: bool
    say: Callable[[str], None]

    @property
    def ring(self) -> Tap:
        return self.recording.tap

    def switched(self, program: Program) -> None:
        """Other rules are in force."""
        from lanner_agent.recording import rules  # noqa: PLC0415  see `begin`

        self.ring.rules(rules.of(program, self.indexed))
        for name in sorted(self.recording.rules - {rule.name for rule in program.rules}):
            self.say(f"no captures of {escape.shown(name)} any more: no rule has that name")

    def delivering(self, deliver: Callable[[Alert], object]) -> Callable[[Alert], object]:
        """The same, and captures."""
        rules, alerted = self.recording.rules, self.ring.alerted

        def both(alert: Alert) -> None:
            deliver(alert)
            if alert.rule.name in rules:
                alerted(alert.rule.name, alert.event.time)

        return both if rules else deliver

    def counts(self) -> Mapping[str, int]:
        """For the summary."""
        return {word: number for word, number in self.recording.counts.items() if number}


@dataclass(frozen=True, slots=True)
class Parts:
    """Of the agent that watches. `indexed`: the kernel holds events back."""

    kernel: Probes
    session: Session
    lookups: NodeLookups
    containers: Containers
    indexed: bool


def tapped(
    recorded: Recorded | None, kernel: Probes, deliver: Callable[[Alert], object]
) -> tuple[Ring[Record], Callable[[Alert], object]]:
    """What the loop drains, and what it delivers to."""
    return (kernel, deliver) if recorded is None else (recorded.ring, recorded.delivering(deliver))


def begin(wishes: Wishes | None, parts: Parts, say: Callable[[str], None]) -> Recorded | None:
    """From the first batch on; before the loop runs. Raises RecordingError when a file cannot be made."""
    if wishes is None:
        return None
    # zstd and the models of all items, for those who record
    from lanner_agent.recording import starting  # noqa: PLC0415
    from lanner_agent.recording.tap import Lookup  # noqa: PLC0415

    session, lookups = parts.session, parts.lookups
    node = starting.Node(lookups.hostname, lookups.base, session.began)
    recording = starting.start(wishes, parts.kernel, node, say)
    tap = recording.tap
    tap.follow(session, lookups)
    session.lookups = Lookup(lookups, tap)
    lookups.users.when_read = tap.accounts_read
    lookups.users.host_names()  # read now, and so recorded
    parts.containers.tell(tap.container_answered)
    return Recorded(recording, parts.indexed, say)
