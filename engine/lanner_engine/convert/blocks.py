# SPDX-License-Identifier: Apache-2.0
"""Text into YAML and out of it by lines: a literal block, an element moved to another indentation.

Nothing is parsed here.
"""

from __future__ import annotations

import json

_LINE_ENDS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}  # YAML makes plain ones of them


def literal(text: str, indent: int) -> str:
    """`|` and the text, each line behind `indent` blanks; in double quotes what no block can hold."""
    if any(character in text for character in _LINE_ENDS):
        quoted = json.dumps(text, ensure_ascii=False)
        for character, written in _LINE_ENDS.items():
            quoted = quoted.replace(character, written)
        return quoted + "\n"
    lines = text.split("\n")
    body = "\n".join(" " * indent + line if line else "" for line in lines)
    return f"|{_indicator(lines)}{_chomping(text)}\n{body.removesuffix(chr(10))}\n"


def _indicator(lines: list[str]) -> str:
    """The indentation is said where the first line does not show it: two deeper than its key."""
    return "2" if not lines[0] or lines[0].startswith(" ") else ""


def _chomping(text: str) -> str:
    if not text.endswith("\n"):
        return "-"
    return "+" if text.endswith("\n\n") or not text.strip("\n") else ""


def moved(text: str, column: int) -> str:
    """An element that began at a column, as one behind a dash at the left margin."""
    first, *rest = text.rstrip().split("\n")
    return "\n".join([f"- {first}", *(_shifted(line, column) for line in rest)]) + "\n"


def _shifted(line: str, column: int) -> str:
    kept = line[column:] if not line[:column].strip() else line.lstrip()
    return f"  {kept}" if kept else ""


def line_start(text: str, at: int) -> int:
    """Where the line of a character begins."""
    return text.rfind("\n", 0, at) + 1


def with_comments_above(text: str, at: int, lowest: int) -> int:
    """The start of the comment lines directly above a line that begins at `at`."""
    while at > lowest:
        above = line_start(text, at - 1)
        if above < lowest or not text[above:at].lstrip().startswith("#"):
            return at
        at = above
    return at
