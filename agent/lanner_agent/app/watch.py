# SPDX-License-Identifier: Apache-2.0
"""The agent while it watches, alone or in a cluster: new rules, losses, signals, the end and its summary.

Between two batches it takes over new rules, tells of losses, and ends when it is told to.
"""

from __future__ import annotations

import gc
import pathlib
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

from lanner_agent.app import exits, recording
from lanner_agent.app.losses import Losses
from lanner_agent.app.notes import Notes
from lanner_agent.app.recording import Recorded
from lanner_agent.app.surface import Standing
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.probes import Probes
from lanner_agent.kernel.record import Record
from lanner_agent.pipeline import crowds, held_back, summary
from lanner_agent.pipeline.generations import NONE
from lanner_agent.pipeline.loop import Loop
from lanner_agent.policy.files.load import Wanted
from lanner_agent.policy.rule_source import Reloaded, RuleSource
from lanner_agent.publish import redact
from lanner_agent.publish.outputs import Outputs
from lanner_engine.codegen.compile import Program
from lanner_engine.index.tables import Tables

Blocks = Mapping[str, Mapping[str, int]]
_TURNS = 64  # at most, to empty a full ring


# No repr: signal.signal() makes one of a handler, which is a method of this, and the rules' took it seconds.
@dataclass(slots=True, repr=False)
class Watch:
    """Takes what assembly made; ends the loop and the outputs, nothing else. `program` is the one in force.

    `between` runs between two batches, `switched` when other rules come into force. `hold_back` tells the
    kernel which events they leave possible, and returns the generation of these events; `refresh_names` does
    when that changed without other rules. `flush` runs after the last event and gives more numbers for the
    summary, by title; `configured`: changes of the settings; `want` loads other rules' files. `crowded`:
    whose events were turned away, in words, and `busiest`: whose came. `needs_reader`: without a reader of
    standard output there is nothing to do.
    """

    probes: Probes
    loop: Loop[Record]
    rules: RuleSource
    program: Program
    outputs: Outputs
    notes: Notes
    between: Callable[[], None] = lambda: None
    switched: Callable[[Program], None] = lambda _: None
    hold_back: Callable[[Tables], int] = lambda _: NONE
    refresh_names: Callable[[], None] = lambda: None
    flush: Callable[[], Blocks] = dict
    configured: Callable[[], Mapping[str, int]] = dict
    want: Callable[[Sequence[pathlib.Path], Wanted], None] = lambda _paths, _wanted: None
    crowded: Callable[[], Counter[str]] = Counter
    busiest: Callable[[], Counter[str]] = Counter
    needs_reader: bool = True
    recorded: Recorded | None = None
    losses: Losses = field(init=False)
    said: set[str] = field(init=False, default_factory=set)
    started: float = field(init=False, default_factory=time.monotonic)
    code: int = field(init=False, default=exits.OK)

    def __post_init__(self) -> None:
        crowded = lambda: self.crowded()  # noqa: E731, PLW0108  it is set later
        busiest = lambda: self.busiest()  # noqa: E731, PLW0108  the same
        self.losses = Losses(self.probes.counters, self.notes.warn, crowded=crowded, busiest=busiest)
        self.rules.ready = self.outputs.lines.when_gone = self.loop.wake

    def record(self, recorded: Recorded | None) -> None:
        """Rules as they change, the end, and what came of it."""
        if recorded is None:
            return
        switched = self.switched
        self.recorded = recorded

        def both(new: Program) -> None:
            switched(new)
            recorded.switched(new)

        self.switched = both
        recorded.switched(self.program)

    def listen(self) -> None:
        """Take the signals; before the user is told that the agent watches, so that none is too early."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)

    def watch(self) -> int:
        """Until Ctrl-C, SIGTERM or the end of the output; then the summary. The exit code."""
        self._say_unsure(self.program)
        gc.enable()  # off since the start (cli/main)
        try:
            self.loop.run(self._between)
            more = self.flush()
        finally:  # what waits is sent whatever ended the watch
            try:  # first of all: who stops the agent may not wait for the disk of a recording
                self.outputs.close()
            finally:
                if self.recorded is not None:
                    self.recorded.ring.close(self._lost())
        self._summarise(more)
        return self.code

    def standing(self) -> Standing:
        """How it goes now; any thread may ask."""
        lost = sum(one.value for one in self.probes.counters() if one.lost)
        counts = self.loop.counts
        lost += sum(dict(counts.failed).values())
        alerts = sum(dict(counts.alerts).values())
        losses = summary.losses(lost, self.outputs.undelivered())
        return Standing(len(self.program.rules), counts.events, alerts, losses)

    def _lost(self) -> dict[str, int]:
        """Events that the kernel lost."""
        counters = self.probes.counters()
        return {f"{one.event_class}: {one.reason}": one.value for one in counters if one.lost}

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.loop.stop()
        signal.signal(number, signal.SIG_DFL)  # a second one ends it at once

    def _between(self) -> None:
        reloaded = self.rules.take()
        if reloaded is not None:
            self._switch(reloaded)
        self.refresh_names()
        self.losses.tell_when_due()
        self.between()
        if self.outputs.lines.gone and self.needs_reader:
            self.notes.say("standard output has no reader any more: ending")
            self.code = exits.PROBLEMS
            self.loop.stop()

    def _switch(self, reloaded: Reloaded) -> None:
        try:
            new = reloaded.program
            self.probes.subscribe_also(new.succeeding, new.failing, new.reads)
            self._catch_up()
            generation = self.hold_back(reloaded.tables)
        except KernelError as error:
            self._want_what_is_in_force()
            self.rules.keep(self.program, f"the new rules need what this kernel refuses: {error}")
            return
        self.switched(new)
        self.program = new
        self.loop.switch(new, generation, reloaded.tables)
        self.probes.subscribe(new.succeeding, new.failing, new.reads)
        self.rules.confirm()
        self.notes.say(reloaded.note)
        self._say_unsure(new)

    def _want_what_is_in_force(self) -> None:
        """Events that refused rules alone asked for are in no table: all of them would fill the rings."""
        old = self.program
        with suppress(KernelError):  # then they are reported, and asked about in vain
            self.probes.subscribe(old.succeeding, old.failing, old.reads)

    def _catch_up(self) -> None:
        """Records that hold only what the rules before read are theirs to judge."""
        for _ in range(_TURNS):
            if not self.probes.narrow():
                return
            self.loop.turn()

    def _say_unsure(self, program: Program) -> None:
        wanted = program.succeeding | program.failing
        unsure, blind = self.probes.why_paths_untrusted(wanted), self.probes.why_io_uring_unseen(wanted)
        if unsure:
            self._say_once(f"paths of some calls are read from memory that a process can change: {unsure}")
        if blind:
            self._say_once(f"what io_uring does for a process is not seen: {blind}")

    def _say_once(self, note: str) -> None:
        """Not again with every change of rules."""
        if note not in self.said:
            self.said.add(note)
            self.notes.say(note)

    def _summarise(self, more: Blocks) -> None:
        seconds = time.monotonic() - self.started
        lost = self.outputs.undelivered()
        head, numbers = summary.told(self.loop.counts, self.probes.counters(), lost, seconds)
        whose = {crowds.TITLE: dict(self.crowded().most_common(crowds.SHOWN))}
        sifted = {held_back.TITLE: held_back.lines(self.probes.sifted())}
        hidden = {redact.TITLE: redact.counts()}
        changes = {"changes of the settings": {how: n for how, n in self.configured().items() if n}}
        kept = {} if self.recorded is None else {recording.TITLE: self.recorded.counts()}
        blocks = {**numbers, **kept, **whose, **sifted, **hidden, **changes, **self.outputs.counts(), **more}
        self.notes.summarise(head, blocks)
