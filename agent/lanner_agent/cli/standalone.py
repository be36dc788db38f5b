# SPDX-License-Identifier: Apache-2.0
"""The agent on one machine while it watches: new rules, losses, signals, the end and its summary.

Made by assembly, run by run. Between two batches it takes over new rules, tells of losses, and ends when
the output does.
"""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass, field
from types import FrameType

from lanner_agent.cli import exits
from lanner_agent.cli.losses import Losses
from lanner_agent.cli.notes import Notes
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.probes import Probes
from lanner_agent.kernel.record import Record
from lanner_agent.pipeline import summary
from lanner_agent.pipeline.loop import Loop
from lanner_agent.policy.reload import Reloaded, Reloader
from lanner_agent.publish.stdout import LineWriter
from lanner_engine.codegen.compile import Program


@dataclass(slots=True)
class Standalone:
    """Takes what assembly made; ends the loop and the output, nothing else. `program` is the one in force."""

    probes: Probes
    loop: Loop[Record]
    reloader: Reloader
    program: Program
    output: LineWriter
    notes: Notes
    losses: Losses = field(init=False)
    started: float = field(init=False, default_factory=time.monotonic)
    code: int = field(init=False, default=exits.OK)

    def __post_init__(self) -> None:
        self.losses = Losses(self.probes.counters, self.notes.say)

    def listen(self) -> None:
        """Take the signals; before the user is told that the agent watches, so that none is too early."""
        signal.signal(signal.SIGHUP, lambda *_: self.reloader.ask())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)

    def watch(self) -> int:
        """Until Ctrl-C, SIGTERM or the end of the output; then the summary. The exit code."""
        self.reloader.start()
        self.loop.run(self._between)
        self.output.close()
        self._summarise()
        return self.code

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.loop.stop()
        signal.signal(number, signal.SIG_DFL)  # a second one ends it at once

    def _between(self) -> None:
        reloaded = self.reloader.take()
        if reloaded is not None:
            self._switch(reloaded)
        self.losses.look()
        if self.output.gone:
            self.notes.say("nobody reads standard output any more: ending")
            self.code = exits.PROBLEMS
            self.loop.stop()

    def _switch(self, reloaded: Reloaded) -> None:
        try:
            self.probes.want(reloaded.program.event_types, reloaded.program.fields)
        except KernelError as error:
            self.notes.say(
                f"the new rules need what this kernel refuses, the old ones stay in force: {error}"
            )
            self.reloader.keep(self.program)
            return
        self.program = reloaded.program
        self.loop.switch(reloaded.program)
        self.notes.say(reloaded.note)

    def _summarise(self) -> None:
        seconds = time.monotonic() - self.started
        head, *rest = summary.lines(self.loop.counts, self.probes.counters(), self.output.lost, seconds)
        self.notes.say(head)
        for line in rest:
            self.notes.show(line)
