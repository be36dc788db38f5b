# SPDX-License-Identifier: Apache-2.0
"""Numbers as bars of one small picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lanner_page.source import HOURS

HEIGHT: Final = 20
STEP: Final = 5  # from one bar to the next
WIDTH: Final = STEP * HOURS


@dataclass(frozen=True, slots=True)
class Bar:
    """In the picture's units, from its upper left corner."""

    x: int
    y: int
    height: int


def bars(hits: Sequence[int]) -> tuple[Bar, ...]:
    """The newest at the right. The highest fills the picture, and what is not zero is seen."""
    latest = hits[-HOURS:]
    most = max(latest, default=0)
    first = HOURS - len(latest)
    return tuple(_bar(first + at, count, most) for at, count in enumerate(latest) if count)


def _bar(place: int, count: int, most: int) -> Bar:
    height = max(2, round(HEIGHT * count / most))
    return Bar(STEP * place, HEIGHT - height, height)
