# SPDX-License-Identifier: Apache-2.0
"""Decoded text that knows where each of its characters stands in a file.

YAML scalars (plain, quoted, literal, folded) become texts, so that diagnostics mark the file and not the
decoded text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from operator import attrgetter
from typing import Final

from lanner_engine.source import NOWHERE, Source, Span

_AT: Final = attrgetter("at")


@dataclass(frozen=True, slots=True)
class Run:
    """Characters from `at` to the next run stand in `source` from `start`, one by one.

    A run with a `width` is one character that is written with `width` characters: an escape, or a folded
    line break.
    """

    at: int
    source: Source
    start: int
    width: int | None = None

    def locate(self, index: int) -> tuple[int, int]:
        """Start and end in the source of the character at `index` of the text."""
        if self.width is not None:
            return self.start, self.start + self.width
        start = self.start + index - self.at
        return start, start + 1


@dataclass(frozen=True, slots=True)
class Text:
    """`value` is what the writer means; `runs` (ordered by `at`, the first at 0) say where it is written.

    `whole` marks the complete scalar, quotes included. `seams` are the indices where another scalar was
    joined. Equal texts have equal values, wherever they stand.
    """

    value: str
    runs: tuple[Run, ...] = field(default=(), compare=False, repr=False)
    whole: Span = field(default=NOWHERE, compare=False, repr=False)
    seams: tuple[int, ...] = field(default=(), compare=False, repr=False)

    def span(self, start: int, end: int) -> Span:
        """Where characters [start, end) stand in the file.

        An empty range marks one place, at the end of the text the place behind its last character. A range
        over a join is cut at the end of the first part: what stands between the parts in a file is not its
        text.
        """
        if not self.runs or not self.value:
            return Span(self.whole.source, self.whole.start, self.whole.start)
        if len(self.runs) == 1 and 0 <= start < end <= len(self.value) and not self.seams:
            only = self.runs[0]
            if only.width is None:
                return Span(only.source, only.start + start - only.at, only.start + end - only.at)
        start = max(0, min(start, len(self.value)))
        end = max(start, min(end, len(self.value)))
        if start == end:
            return self._place(start)
        return self._range(start, end)

    def joined(self, other: Text) -> Text:
        """This text, one blank, the other: what `append` makes (specification 1.4)."""
        if not self.runs or not self.value:
            return other
        if not other.value:
            return self
        place = self._place(len(self.value))
        blank = Run(len(self.value), place.source, place.start, 0)
        shift = len(self.value) + 1
        moved = tuple(Run(run.at + shift, run.source, run.start, run.width) for run in other.runs)
        seams = (*self.seams, shift, *(seam + shift for seam in other.seams))
        return Text(f"{self.value} {other.value}", (*self.runs, blank, *moved), self.whole, seams)

    def places(self) -> Iterator[Span]:
        """Where each of the scalars stands that it is joined of."""
        yield self.whole
        for start, end in pairwise((*self.seams, len(self.value))):
            yield self.span(start, end)

    def stripped(self) -> Text:
        """Without blanks at both ends."""
        if self.value == self.value.strip():
            return self
        kept = self.value.lstrip()
        first = len(self.value) - len(kept)
        kept = kept.rstrip()
        seams = tuple(seam - first for seam in self.seams if first < seam < first + len(kept))
        return Text(kept, tuple(_cut(self.runs, first, first + len(kept))), self.whole, seams)

    def quoted(self) -> Text:
        """In double quotes, which stand nowhere: they are placed at its ends."""
        if not self.runs or not self.value:
            return Text(f'"{self.value}"', whole=self.whole)
        first, last = self._place(0), self.end()
        inner = (Run(run.at + 1, run.source, run.start, run.width) for run in self.runs)
        opening = Run(0, first.source, first.start, 0)
        closing = Run(len(self.value) + 1, last.source, last.start, 0)
        seams = tuple(seam + 1 for seam in self.seams)
        return Text(f'"{self.value}"', (opening, *inner, closing), self.whole, seams)

    def cut(self, first: int, last: int) -> tuple[Run, ...]:
        """The runs of characters [first, last), counted from there."""
        return tuple(_cut(self.runs, first, last))

    def end(self) -> Span:
        """The place behind its last character."""
        return self.span(len(self.value), len(self.value))

    def _run(self, index: int) -> Run:
        return self.runs[bisect_right(self.runs, index, key=_AT) - 1]

    def _place(self, index: int) -> Span:
        if index < len(self.value):
            run = self._run(index)
            start, _ = run.locate(index)
        else:
            run = self._run(index - 1)
            _, start = run.locate(index - 1)
        return Span(run.source, start, start)

    def _range(self, start: int, end: int) -> Span:
        first = self._run(start)
        seam = bisect_right(self.seams, start)
        if seam < len(self.seams):
            end = min(end, self.seams[seam])
        begin, _ = first.locate(start)
        _, stop = self._run(end - 1).locate(end - 1)
        return Span(first.source, begin, stop)


def _cut(runs: tuple[Run, ...], first: int, last: int) -> list[Run]:
    """The runs of characters [first, last), counted from there."""
    kept: list[Run] = []
    number = max(0, bisect_right(runs, first, key=_AT) - 1)
    while number < len(runs) and runs[number].at < last:
        run = runs[number]
        skipped = max(0, first - run.at)
        kept.append(Run(run.at + skipped - first, run.source, run.start + skipped, run.width))
        number += 1
    return kept


def composed(parts: Iterable[Text | str], whole: Span) -> Text:
    """Texts with words between them that stand nowhere: those are placed where the text before them ends."""
    value: list[str] = []
    runs: list[Run] = []
    seams: list[int] = []
    at, place = 0, Span(whole.source, whole.start, whole.start)
    for part in parts:
        if isinstance(part, str) or not part.runs:
            word = part if isinstance(part, str) else part.value
            runs.append(Run(at, place.source, place.start, 0))
        else:
            word, place = part.value, part.end()
            runs += [Run(run.at + at, run.source, run.start, run.width) for run in part.runs]
            seams += [at, *(seam + at for seam in part.seams), at + len(word)]
        value.append(word)
        at += len(word)
    return Text("".join(value), tuple(runs), whole, tuple(seams))


def plain(value: str, name: str = "<text>") -> Text:
    """Text that stands alone in a source of its own: for the command line and for tests."""
    source = Source(name, value)
    return Text(value, (Run(0, source, 0),), Span(source, 0, len(value)))
