# SPDX-License-Identifier: Apache-2.0
"""Recordings through the loop of a watch: the same events, rules and alerts, without a kernel."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lanner_agent.pipeline import summary
from lanner_agent.pipeline.busy import Busy
from lanner_agent.pipeline.contracts import Event
from lanner_agent.pipeline.loop import Loop
from lanner_agent.pipeline.metadata import Metadata
from lanner_agent.publish import redact
from lanner_agent.publish.alert import Alert
from lanner_agent.recording import rules as recorded_rules
from lanner_agent.recording.items import Rules
from lanner_agent.recording.replaying import Replay
from lanner_engine.codegen.compile import Program

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it. `whole`: every file was read to its end; `took` seconds."""

    head: str
    blocks: Mapping[str, Mapping[str, int]]
    whole: bool


def run(paths: Sequence[Path], program: Program, deliver: Callable[[Alert], object], say: Say) -> Replayed:
    """All of the recordings, in this order. Raises RecordingError for a file that is none, or that this
    version cannot read; what `deliver` raises of OSError, which ends it.
    """
    replay = Replay(paths)
    way = _Way(deliver, replay.end)
    loop: Loop[bytes] = Loop(replay, replay.decode, Metadata(replay.answers, say), way.deliver, say)
    loop.clock, loop.busy = replay.clock, _NotWatched()
    loop.switch(program)
    replay.when_over = loop.stop
    replay.when_rules = _Warnings(program, say).tell
    began = time.perf_counter()
    loop.run(lambda: None)
    took = time.perf_counter() - began
    if way.error is not None:
        raise way.error
    for note in replay.notes:
        say(note)
    return Replayed(_head(loop, replay, took), _blocks(loop, replay), not replay.notes)


class _Way:
    """Where alerts go until that fails: a loop gives up one event for an error and goes on with the next."""

    def __init__(self, deliver: Callable[[Alert], object], end: Callable[[], None]) -> None:
        self.error: OSError | None = None
        self._deliver, self._end = deliver, end

    def deliver(self, alert: Alert) -> None:
        if self.error is not None:
            return
        try:
            self._deliver(alert)
        except OSError as error:
            self.error = error
            self._end()


class _NotWatched(Busy):
    """Who is busy is asked where events are lost."""

    def see(self, event: Event) -> None:
        pass


class _Warnings:
    """Each once, though rules come again with every file."""

    def __init__(self, program: Program, say: Say) -> None:
        self._program, self._say = program, say
        self._said: set[str] = set()

    def tell(self, recorded: Rules) -> None:
        for lack in recorded_rules.lacking(recorded, self._program):
            if lack not in self._said:
                self._said.add(lack)
                self._say(lack)


def _head(loop: Loop[bytes], replay: Replay, took: float) -> str:
    counts = loop.counts
    told, _ = summary.told(counts, (), {}, replay.seconds)
    return f"{told}; replayed in {took:.2f} s, {counts.events / took if took else 0:,.0f} events a second"


def _blocks(loop: Loop[bytes], replay: Replay) -> Mapping[str, Mapping[str, int]]:
    _, numbers = summary.told(loop.counts, (), {}, replay.seconds)
    return {
        **numbers,
        "events lost in the kernel while this was recorded": replay.lost,
        "records that are not in the recording": replay.gaps,
        "asked by rules and not in the recording": replay.answers.unanswered,
        redact.TITLE: redact.counts(),
    }
