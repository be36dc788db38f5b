# SPDX-License-Identifier: Apache-2.0
"""The agent on one machine: kernel, containers, rules, loop and output put together, watched over, taken
down.

Made by run. Between two batches it takes over new rules, tells of losses, and ends when the output does.
"""

from __future__ import annotations

import signal
import time
from types import FrameType

from lanner_agent.cli import exits
from lanner_agent.cli.losses import Losses
from lanner_agent.cli.notes import Notes
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.probes import Probes
from lanner_agent.kernel.records import Record
from lanner_agent.pipeline import summary
from lanner_agent.pipeline.loop import Loop
from lanner_agent.policy.reload import Reloader
from lanner_agent.publish.stdout import LineWriter
from lanner_engine.codegen.compile import Program


class Standalone:
    """Everything it is given is started already; it ends nothing but the loop and the output."""

    def __init__(
        self, probes: Probes, loop: Loop[Record], reloader: Reloader, output: LineWriter, notes: Notes
    ) -> None:
        self._probes, self._loop, self._reloader = probes, loop, reloader
        self._output, self._notes = output, notes
        self._losses = Losses(probes.counters, notes.say)
        self._started = time.monotonic()
        self._code = exits.OK

    def watch(self) -> int:
        """Until Ctrl-C, SIGTERM or the end of the output; then the summary. The exit code."""
        signal.signal(signal.SIGHUP, lambda *_: self._reloader.ask())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        self._loop.run(self._between)
        self._output.close()
        self._summarise()
        return self._code

    def _end(self, number: int, frame: FrameType | None) -> None:
        self._loop.stop()
        signal.signal(number, signal.SIG_DFL)  # a second one ends it at once

    def _between(self) -> None:
        program = self._reloader.take()
        if program is not None:
            self._switch(program)
        self._losses.look()
        if self._output.gone:
            self._notes.say("nobody reads standard output any more: ending")
            self._code = exits.PROBLEMS
            self._loop.stop()

    def _switch(self, program: Program) -> None:
        try:
            self._probes.want(program.event_types)
        except KernelError as error:
            self._notes.say(f"the new rules need what this kernel refuses, the old ones stay: {error}")
            return
        self._loop.switch(program)

    def _summarise(self) -> None:
        seconds = time.monotonic() - self._started
        head, *rest = summary.lines(self._loop.counts, self._probes.counters(), self._output.lost, seconds)
        self._notes.say(head)
        for line in rest:
            self._notes.show(line)
