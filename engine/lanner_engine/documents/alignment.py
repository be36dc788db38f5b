# SPDX-License-Identifier: Apache-2.0
"""Where each character of a decoded YAML scalar stands in the text it was written in.

The YAML library decodes and says where a scalar begins and ends; here its value is laid beside that stretch.
Both hold the same characters in the same order, but for escapes, doubled quotes and the blanks and line
breaks that folding and indentation change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lanner_engine.text import Run, Text

_BLANKS = re.compile("[ \t\r\n\x85\u2028\u2029]*")
# What is no blank, and in quotes nothing that is written with more than one character either.
_SOLID = {
    "": re.compile("[^ \t\r\n\x85\u2028\u2029]+"),
    "'": re.compile("[^' \t\r\n\x85\u2028\u2029]+"),
    '"': re.compile("[^\\\\ \t\r\n\x85\u2028\u2029]+"),
}
# As many of these with blanks between, on one line: behind them and before them no blank is left out.
_LINE = {style: re.compile(f"{solid.pattern}(?:[ \t]+{solid.pattern})*") for style, solid in _SOLID.items()}
_LINE |= {"|": _LINE[""], ">": _LINE[""]}
_ESCAPED_BREAK = re.compile("\\\\(?:\r\n|[\r\n\x85\u2028\u2029])[ \t]*")
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_LENGTHS = {"x": 4, "u": 6, "U": 10}


def runs(origin: Text, start: int, end: int, value: str, style: str) -> tuple[Run, ...]:
    """The runs of a Text whose value is `value`, written in [start, end) of `origin` in that style."""
    if style in ("'", '"'):
        start, end = start + 1, end - 1
    elif style in ("|", ">"):
        # Behind the header, which may hold a comment.
        header = _BREAK.search(origin.value, start, end)
        start = header.end() if header else end
    work = _Work(origin.value, start, end, value, style)
    work.lay()
    return tuple(run for piece in work.pieces for run in _placed(piece, origin))


@dataclass(frozen=True, slots=True)
class _Piece:
    """`length` characters of the value from `at`; a `width` makes it one character of so many."""

    at: int
    length: int
    start: int
    width: int | None = None


def _placed(piece: _Piece, origin: Text) -> list[Run]:
    """A piece in terms of the files that the origin's characters stand in."""
    if piece.width is not None:
        span = origin.span(piece.start, piece.start + piece.width)
        return [Run(piece.at, span.source, span.start, span.end - span.start)]
    if len(origin.runs) == 1 and (only := origin.runs[0]).width is None:
        return [Run(piece.at, only.source, only.start + piece.start - only.at)]
    cut = origin.cut(piece.start, piece.start + piece.length)
    return [Run(run.at + piece.at, run.source, run.start, run.width) for run in cut]


@dataclass(slots=True)
class _Work:
    """Two places that move on together: `at` in the value, `start` in the written text."""

    written: str
    start: int
    end: int
    value: str
    style: str
    at: int = 0
    pieces: list[_Piece] = field(default_factory=list)
    strange: bool = False  # some line is not alike, as a line should be: the rest is laid word by word

    def lay(self) -> None:
        while self.at < len(self.value):
            before = self.at, self.start
            self._alike()
            self._blanks()
            self._solid()
            if (self.at, self.start) == before:
                # Only a decoder that does what YAML does not say gets here: the rest stands at one place.
                self._one(min(self.start, self.end), 0)

    def _alike(self) -> None:
        """Up to the last character of a line that is no blank, where both hold the same."""
        found = _LINE[self.style].match(self.written, self.start, self.end)
        if found is None or self.strange:
            return
        if self.value.startswith(found[0], self.at):
            self._many(self.start, len(found[0]))
            self.start = found.end()
        else:
            self.strange = True

    def _blanks(self) -> None:
        """Blanks of the value against blanks of the written text: equal at their ends, folded between."""
        there = self._written_blanks()
        stop = len(self.value)
        if self.style == '"':
            # An escaped blank may follow, which is not part of these.
            stop = self.at + self._folded(self.written[self.start : there])
        here = self._group(self.value, self.at, stop)
        self._fold(len(here), self.start, there)
        self.start = there

    def _written_blanks(self) -> int:
        found = _BLANKS.match(self.written, self.start, self.end)
        return found.end() if found else self.start

    @staticmethod
    def _group(text: str, start: int, end: int) -> str:
        found = _BLANKS.match(text, start, end)
        return found[0] if found else ""

    def _folded(self, blanks: str) -> int:
        """How many characters blanks between double quotes become."""
        breaks = len(_BREAK.findall(blanks))
        if not breaks:
            # Blanks in front of an escaped line break stay; those at its other side are not here.
            return len(blanks)
        return max(breaks - 1, 1)

    def _fold(self, count: int, start: int, there: int) -> None:
        here = self.value[self.at : self.at + count]
        written = self.written[start:there]
        # Blanks behind a line break stand behind the indentation, which looks the same: they go first.
        tail = _common(here.rpartition("\n")[2][::-1], written[::-1]) if "\n" in here else 0
        head = _common(here[: count - tail], written[: len(written) - tail])
        if head:
            self._many(start, head)
        middle = count - head - tail
        for number in range(middle):
            place = start + head
            width = there - tail - place
            self._one(place, max(width, 0) if number == 0 else 0)
        if tail:
            self._many(there - tail, tail)

    def _solid(self) -> None:
        """Characters up to the next blank or escape, or one escape, or one doubled quote."""
        found = _SOLID.get(self.style, _SOLID[""]).match(self.written, self.start, self.end)
        count = min(len(found[0]), len(self.value) - self.at) if found else 0
        if count:
            self._many(self.start, count)
            self.start += count
        elif self.start < self.end and self.style == '"' and self.written[self.start] == "\\":
            self._escape()
        elif self.start < self.end and self.style == "'" and self.written[self.start] == "'":
            self._one(self.start, 2)
            self.start += 2

    def _escape(self) -> None:
        broken = _ESCAPED_BREAK.match(self.written, self.start, self.end)
        if broken is not None:
            self.start = broken.end()
            return
        width = _LENGTHS.get(self.written[self.start + 1 : self.start + 2], 2)
        self._one(self.start, width)
        self.start += width

    def _many(self, start: int, count: int) -> None:
        last = self.pieces[-1] if self.pieces else None
        if last is not None and last.width is None and last.start + last.length == start:
            self.pieces[-1] = _Piece(last.at, last.length + count, last.start)
        else:
            self.pieces.append(_Piece(self.at, count, start))
        self.at += count

    def _one(self, start: int, width: int) -> None:
        self.pieces.append(_Piece(self.at, 1, start, width))
        self.at += 1


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
