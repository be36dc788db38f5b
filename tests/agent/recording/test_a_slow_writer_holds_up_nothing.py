# SPDX-License-Identifier: Apache-2.0
"""Records go to the writer by a bounded queue: what does not fit is counted and marked; no watch waits."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lanner_agent.kernel.record_layout import StringPart
from lanner_agent.recording import counted, state, wire, writer
from lanner_agent.recording.chunks import Chunk, Chunker
from lanner_agent.recording.items import Batch, Clock, End, Gap, Item, Strings
from lanner_agent.recording.writer import Writer
from tests.agent.recording import made


@dataclass
class Stuck:
    """A sink that takes nothing until it is told to, or fails."""

    goes_on: threading.Event = field(default_factory=threading.Event)
    fails: bool = False
    taken: list[Chunk] = field(default_factory=list)
    closed: bool = False

    def take(self, chunk: Chunk) -> None:
        if self.fails:
            raise ZeroDivisionError("a bug")
        assert self.goes_on.wait(20)
        self.taken.append(chunk)

    def tick(self, now: float) -> None:
        pass

    def close(self) -> None:
        self.closed = True


def started(sink: Stuck, said: list[str]) -> Writer:
    made_now = Writer(Chunker(), Counter(dict.fromkeys(counted.EVERY, 0)), said.append)
    made_now.start([sink])
    return made_now


def batch(number: int, size: int = 1000) -> Batch:
    return Batch(1, 0, [bytes(size)] * number)


def test_what_does_not_fit_is_counted_and_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "QUEUE_BYTES", 300_000)
    sink = Stuck()
    thread = started(sink, [])
    thread.put([batch(280)])
    made.until(lambda: thread.waiting() == 0)  # and stuck in the sink, once the chunk is full
    for _ in range(4):
        thread.put([batch(100)])
    assert thread.counts[counted.TOO_SLOW] == 100
    assert thread.waiting() == 300_000
    sink.goes_on.set()
    made.until(lambda: thread.waiting() == 0)
    thread.put([batch(1)])
    thread.close()
    assert sum(chunk.records for chunk in sink.taken) == 280 + 300 + 1
    gaps = [item for chunk in sink.taken for item, _ in chunk.facts if isinstance(item, Gap)]
    assert [(gap.records, gap.reason) for gap in gaps] == [(100, counted.TOO_SLOW)]
    assert sink.closed


def test_what_is_known_has_a_bound_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "QUEUE_FACTS", 10)
    sink = Stuck()
    thread = started(sink, [])
    facts: list[Item] = [Clock(offset=number) for number in range(25)]
    thread.put(facts)
    assert thread.counts[counted.FACTS] == 15
    sink.goes_on.set()
    thread.close()


def test_what_did_not_fit_at_the_end_is_marked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "QUEUE_BYTES", 300_000)
    sink = Stuck()
    thread = started(sink, [])
    thread.put([batch(280)])
    made.until(lambda: thread.waiting() == 0)  # and stuck in the sink
    thread.put([batch(300), batch(100), End(lost={})])
    sink.goes_on.set()
    thread.close()
    told = [item for chunk in sink.taken for item, _ in chunk.facts]
    assert told == [Gap(records=100, reason=counted.TOO_SLOW), End(lost={})]


def test_strings_have_a_bound_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "QUEUE_BYTES", 300_000)
    sink = Stuck()
    thread = started(sink, [])
    thread.put([batch(280)])
    made.until(lambda: thread.waiting() == 0)  # and stuck in the sink
    thread.put([Strings({number: bytes(100_000)}) for number in range(5)])
    assert thread.counts[counted.FACTS] == 2
    sink.goes_on.set()
    thread.close()


def test_that_strings_were_forgotten_may_be_lost_and_the_recording_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MAX_STRING_BYTES", 5_000)
    file = tmp_path / "recording"
    with made.watched(made.recording(file)) as watch:
        for number in range(20):
            watch.keep({number << 2 | StringPart.ARGS: bytes(1_000)})
            watch.turn(made.opened(b"/etc/x"))
    assert watch.said == []
    assert watch.recording.counts[counted.RECORDS] == 20


def test_a_writer_that_fails_ends_the_recording_and_not_the_watch() -> None:
    sink, said = Stuck(fails=True), list[str]()
    thread = started(sink, said)
    thread.put([batch(300)])
    made.until(lambda: bool(said))
    thread.put([batch(7)])
    thread.close()
    assert said == [f"{counted.ENDED}: ZeroDivisionError: a bug"]
    assert thread.counts[counted.ENDED] == 307
    assert sink.closed


def test_a_large_batch_is_several(tmp_path: Path) -> None:
    """Of what waited while processes were scanned."""
    file = tmp_path / "recording"
    records = made.incompressible(2 * wire.MAX_BATCH // 3_000)
    with made.watched(made.recording(file, max_bytes=16 * made.MIB)) as watch:
        watch.turn(*records, made.opened(b"/etc/last"))
    found = made.replayed(file)
    assert found.lines == watch.lines
    assert found.alerts[0]["output_fields"]["evt.num"] == len(records) + 1  # type: ignore[index]
