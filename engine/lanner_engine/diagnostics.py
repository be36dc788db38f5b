# SPDX-License-Identifier: Apache-2.0
"""Diagnostics for a person's eyes: where, what, the marked line and a hint. Suggestions for misspelt names.

Everything that is shown may come from an attacker: control characters, terminal escapes and characters that
reorder text are made visible, long lines are cut around the mark.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable

from lanner_engine import steps
from lanner_engine.source import Diagnostic, Span

WIDTH = 100  # columns of a source line that are shown
MESSAGE = 1_000  # characters of a message or hint that are shown
TAB = 4
_BEFORE = 40  # columns shown in front of the mark when a line is cut

_BOLD, _RED, _YELLOW, _CYAN, _PLAIN = "\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[36m", "\x1b[0m"
_NAMED = {"\n": "\\n", "\r": "\\r", "\0": "\\0"}


def render(diagnostic: Diagnostic, colour: bool = False) -> str:
    """Several lines without a final newline:

    path:line:column: error: message [CODE]
        the source line
            ^~~~
        hint: what to do
    """
    line, column = diagnostic.span.position()
    paint = _painted if colour else _unpainted
    tone = _RED if diagnostic.severity == "error" else _YELLOW
    place = paint(f"{visible(diagnostic.span.source.name)}:{line}:{column}:", _BOLD)
    severity = paint(f"{diagnostic.severity}:", tone)
    lines = [f"{place} {severity} {_cut(diagnostic.message)} [{visible(diagnostic.code)}]"]
    lines += _marked(diagnostic.span, lambda mark: paint(mark, tone))
    if diagnostic.hint:
        lines.append(f"    {paint('hint:', _CYAN)} {_cut(diagnostic.hint)}")
    return "\n".join(lines)


def marked(span: Span) -> list[str]:
    """The source line as it can be shown, and the mark under it."""
    return _marked(span, lambda mark: mark)


def visible(text: str) -> str:
    """One line that a terminal prints as it is: what it would obey or reorder is written as an escape."""
    return "".join(map(_visible, text))


def suggest(name: str, candidates: Iterable[str]) -> str:
    """`did you mean X?` for the candidate most like `name`, or nothing when none is."""
    if len(name) > 200:  # noqa: PLR2004  no misspelling; comparing would take long
        return ""
    slack = max(3, len(name) // 3)
    near = [one for one in candidates if abs(len(one) - len(name)) <= slack and one != name]
    steps.take(steps.LIKENESS * len(near))
    found = difflib.get_close_matches(name.lower(), near, n=1, cutoff=0.66)
    return f"did you mean {found[0]}?" if found else ""


def _painted(text: str, tone: str) -> str:
    return f"{tone}{text}{_PLAIN}"


def _unpainted(text: str, _tone: str) -> str:
    return text


def _cut(text: str) -> str:
    shown = visible(text[: MESSAGE + 1])
    return shown if len(shown) <= MESSAGE else shown[:MESSAGE] + "…"


def _visible(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if character.isascii():
        return character if " " <= character <= "~" else f"\\x{ord(character):02x}"
    # Not printable: control, format (bidirectional overrides, zero width), surrogate, private, unassigned,
    # line ends, and blanks that look like the plain one and are not.
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004


def _columns(shown: str) -> int:
    """How many columns of a terminal visible text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in shown
    )


def _marked(span: Span, paint: Callable[[str], str]) -> list[str]:
    """The source line and the mark under it; nothing for what stands in no text."""
    text = span.source.text
    if not text:
        return []
    start = min(span.start, len(text))
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", start)
    last = len(text) if last < 0 else last
    shown, lead, width = _window(text, (first, last), (start, max(start, min(span.end, last))))
    return ["    " + shown, "    " + " " * lead + paint("^" + "~" * (width - 1))]


def _window(text: str, line: tuple[int, int], mark: tuple[int, int]) -> tuple[str, int, int]:
    """The part of the line around the mark as it is shown, columns in front of the mark, and its columns."""
    first, last = line[0], min(line[1], mark[0] + WIDTH)
    lead_from = first
    if mark[0] - first > WIDTH - _BEFORE:
        lead_from = mark[0] - _BEFORE
    before = _line(text[lead_from : mark[0]])
    marked = _line(text[mark[0] : min(mark[1], last)])
    after = _line(text[min(mark[1], last) : last])
    if lead_from > first:
        before = "…" + before
    room = max(WIDTH - _columns(before), 1)
    width = max(1, min(_columns(marked), room))
    tail = marked + after
    if len(tail) > room or last < line[1]:
        tail = tail[:room] + "…"
    return (before + tail).rstrip(), _columns(before), width


def _line(text: str) -> str:
    return "".join(" " * TAB if character == "\t" else _visible(character) for character in text)
