# SPDX-License-Identifier: Apache-2.0
"""Steps: what judging one object may cost, counted and not timed, so that a verdict is the same everywhere.

A step is about a microsecond of a processor of 2024. Code counts its steps before it takes them; outside of a
count (files, tests) that costs nothing. An object that needs more is refused where it stands: its text may be
short, and a hundred kilobytes of it can still hold thousands of misspelt names to find likenesses for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from lanner_engine.source import LannerError

OBJECT: Final = 500_000  # of one object
SET: Final = 2_000_000  # of all objects of one namespace in one attempt
CLUSTER: Final = 10_000_000  # of all ClusterFalcoRules
INDEX: Final = 4_000_000  # of a namespace, for what the kernel is asked of its rules; not to be judged by

CHARACTER: Final = 2  # of a condition, to be read
CHECK: Final = 60  # through all passes, macros in place
RULE: Final = 200
VALUE: Final = 10  # of a spec
ROW: Final = 12  # of an exception that becomes a table
LIKENESS: Final = 15  # between two names
PART: Final = 100  # of a clause, compared with those beside it


class TooManyStepsError(LannerError):
    """`str()` is a sentence for the object's owner."""


class Steps:
    """`spent` so far of `most`; what is spent here is spent of `whole` too."""

    def __init__(self, most: int, what: str, whole: Steps | None = None) -> None:
        self.spent = 0
        self._most = most
        self._what = what
        self._whole = whole

    def take(self, number: int) -> None:
        """Raises TooManyStepsError when that is too much."""
        self.spent += number
        if self.spent > self._most:
            room = f"{self._most:,} steps, about {self._most / 1e6:.1f} s"
            raise TooManyStepsError(f"judging {self._what} takes more than {room}")
        if self._whole is not None:
            self._whole.take(number)


_COUNTING: ContextVar[Steps | None] = ContextVar("_COUNTING", default=None)


@contextmanager
def counted(steps: Steps | None) -> Iterator[None]:
    """What is done inside is counted there."""
    token = _COUNTING.set(steps)
    try:
        yield
    finally:
        _COUNTING.reset(token)


def take(number: int) -> None:
    """So many steps follow. Raises TooManyStepsError."""
    counting = _COUNTING.get()
    if counting is not None:
        counting.take(number)
