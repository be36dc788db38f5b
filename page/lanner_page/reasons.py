# SPDX-License-Identifier: Apache-2.0
"""The lines of an explanation, taken apart: outcome, depth, what is written in the rule, the values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lanner_page.source import Explanation

_LINE: Final = re.compile(r"(true|false|unknown)(\*?) +")
_WORD: Final = 9  # columns of the outcome, then two for each level
_VALUES: Final = "   ["  # before each value
DEEPEST: Final = 6  # what is deeper stands no further to the right


@dataclass(frozen=True, slots=True)
class Reason:
    """`outcome`: true, false, unknown, "" for a remark; `follows`: no value says so, but the rule fired."""

    outcome: str
    follows: bool
    depth: int
    text: str
    values: tuple[str, ...]


def reasons(explanation: Explanation) -> tuple[Reason, ...]:
    return tuple(map(_reason, explanation.lines))


def _reason(line: str) -> Reason:
    match = _LINE.match(line)
    if not match:
        return Reason("", False, 0, line, ())
    rest = line[_WORD:]
    text, *values = rest.strip().split(_VALUES)
    depth = (len(rest) - len(rest.lstrip())) // 2
    return Reason(
        match[1], bool(match[2]), min(depth, DEEPEST), text, tuple(one.removesuffix("]") for one in values)
    )
