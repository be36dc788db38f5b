# SPDX-License-Identifier: Apache-2.0
"""Recordings as the loop's ring: their records in order, decoded as they were then, whatever machine this is.

Records are shown to all rules: which of them the kernel left as candidates says nothing of other rules.
"""

from __future__ import annotations

import struct
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from lanner_agent.decode import flags
from lanner_agent.decode.event import Event, decoder
from lanner_agent.decode.processes import Processes
from lanner_agent.decode.session import Session
from lanner_agent.kernel.record_layout import RecordAt
from lanner_agent.publish import escape
from lanner_agent.recording import layout
from lanner_agent.recording.answering import Answering
from lanner_agent.recording.errors import RecordingError
from lanner_agent.recording.frames import DamagedError, Reader
from lanner_agent.recording.items import Batch, End, Gap, Header, Item, Rules
from lanner_agent.recording.layout import Layout
from lanner_agent.recording.state import FullError
from lanner_engine.index.candidates import ALL

CUT: Final = "ends in the middle: what came later is not in it"
STRANGE: Final = "events that this version records otherwise, or not at all"
_SHOWN: Final = 3  # differences of layouts
_WORDS: Final = 64
_LONGEST: Final = 200  # characters
_OTHER: Final = "other"
_NO_GENERATION: Final = 0
_NUMBER: Final = struct.Struct(f"<{RecordAt.event}xH")
_AFTER: Final = _NUMBER.size


class RecordedSession(Session):
    """Its clock is the recording's."""

    __slots__ = ()

    @property
    def boot_offset(self) -> int:
        return self.last_offset


class Replay:
    """The loop's ring. `when_over` is called at the end. `notes`: what is wrong with the files, a sentence
    each; `gaps`: records that are not in them, by reason; `lost`: events that the kernel lost, by what and
    why.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self.answers = Answering()
        self.session = RecordedSession(self.answers, began=0)
        self._decode = decoder(self.session)
        self.now = 0  # monotonic ns, as it was
        self.seconds = 0.0  # from the first batch to the last
        self.records = 0
        self.notes: list[str] = []
        self.gaps: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.when_over: Callable[[], None] = lambda: None
        self.when_rules: Callable[[Rules], None] = lambda rules: None
        self._own = layout.own()
        self._numbers: Mapping[int, int | None] = {}
        self._batches = self._all(paths)

    def wait(self, timeout_s: float) -> bool:
        """What is there is there."""
        return True

    def wake(self) -> None:
        """It never sleeps."""

    def drain(self) -> Sequence[bytes]:
        """The next batch; nothing once all are read. Raises RecordingError for what is no recording."""
        batch = next(self._batches, None)
        if batch is None:
            self.when_over()
            return ()
        self.session.events = batch.events
        self.session.kept.view = self.answers.state.view
        self.session.last_offset = self.answers.state.clock.offset
        self.records += len(batch.records)
        return self._renumbered(batch.records) if self._numbers else batch.records

    def end(self) -> None:
        """Nothing more is read."""
        self._batches = iter(())

    def decode(self, record: bytes) -> Event:
        """An event that every rule is asked about."""
        event = self._decode(record)
        event.generation, event.candidates = _NO_GENERATION, ALL
        return event

    def clock(self) -> int:
        return self.now

    def _all(self, paths: Iterable[Path]) -> Iterator[Batch]:
        for path in paths:
            name = escape.shown(str(path))
            try:
                with path.open("rb") as file:
                    yield from self._file(Reader(file, name), name)
            except OSError as error:
                why = (error.strerror or str(error)).lower()
                raise RecordingError(f"cannot read {name}: {why}") from error
            except DamagedError as error:
                self.notes.append(f"{error}; what lies behind that is left out")

    def _file(self, reader: Reader, name: str) -> Iterator[Batch]:
        self._begin(reader.header, name)
        ended, began = False, None
        for item, size in reader.items():
            ended = isinstance(item, End)
            if isinstance(item, Batch):
                began = item.at if began is None else began
                self.now = item.at
                yield item
            else:
                self._apply(item, size, name)
        self.seconds += 0.0 if began is None else max(0, self.now - began) / 1e9
        if not ended:
            self.notes.append(f"{name} {CUT}")

    def _begin(self, header: Header, name: str) -> None:
        _require_readable(header, self._own, name)
        flags.of_machine(header.machine)
        self._numbers = layout.renumbered(header.layout, self._own)
        self.answers.begin(header)
        self.session.began = header.began
        self.session.processes = Processes()

    def _apply(self, item: Item, size: int, name: str) -> None:
        try:
            self.answers.state.apply(item, size)
        except FullError as error:
            raise DamagedError(f"{name} is damaged: {error}") from error
        if isinstance(item, Gap):
            _count(self.gaps, {item.reason: item.records})
        elif isinstance(item, End):
            _count(self.lost, item.lost)
        elif isinstance(item, Rules):
            self.when_rules(item)

    def _renumbered(self, records: Sequence[bytes]) -> Sequence[bytes]:
        made: list[bytes] = []
        for record in records:
            number = _NUMBER.unpack_from(record)[0] if len(record) >= _AFTER else None
            here = self._numbers.get(number, number) if number is not None else None
            if here is None:
                self.gaps[STRANGE] += 1
            else:
                made.append(record[: RecordAt.event] + struct.pack("<H", here) + record[_AFTER:])
        return made


def _count(counts: Counter[str], more: Mapping[str, int]) -> None:
    """A bounded number of words, which the file chooses."""
    for word, number in more.items():
        short = word[:_LONGEST]
        counts[short if short in counts or len(counts) < _WORDS else _OTHER] += number


def _require_readable(header: Header, own: Layout, name: str) -> None:
    """Raises RecordingError, in words."""
    if sys.platform != "linux":
        hint = "run lanner in a container"
        raise RecordingError("replay needs Linux, whose numbers of errors and signals records hold", hint)
    found = list(layout.differences(header.layout, own))
    if found:
        more = f", and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        recorded = escape.shown(header.lanner)
        raise RecordingError(
            f"{name} was recorded by lanner {recorded}, whose records are laid out otherwise: "
            f"{escape.shown('; '.join(found[:_SHOWN]))}{more}",
            f"replay it with lanner {recorded}",
        )
