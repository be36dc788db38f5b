# SPDX-License-Identifier: Apache-2.0
"""Counted: the work on each object's definitions, as long as the object's steps last.

The first definition that has no room is named, once for each object; those behind it are left out in silence,
since the object is refused for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lanner_engine import steps
from lanner_engine.passes import report as reports
from lanner_engine.passes.report import Report
from lanner_engine.source import Span
from lanner_engine.steps import Steps, TooManyStepsError

T = TypeVar("T")
HINT = "use fewer rules, shorter conditions, and lists in the place of many values"


class Counted:
    """Without a `whole` nothing is counted: rules files have no owner that others need protection from."""

    def __init__(self, whole: Steps | None = None) -> None:
        self._whole = whole
        self._steps: dict[str, Steps] = {}
        self._refused: set[str] = set()

    def run(self, span: Span, report: Report, work: Callable[[], T]) -> T | None:
        """What the work returns; None when it, or an earlier one of the same object, has no room."""
        owner = span.source.owner
        if self._whole is None:
            return work()
        if owner in self._refused:
            return None
        own = self._steps.get(owner)
        if own is None:
            own = self._steps[owner] = Steps(steps.OBJECT, "this object", self._whole)
        try:
            with steps.counted(own):
                return work()
        except TooManyStepsError as error:
            self._refused.add(owner)
            report.error(reports.CONDITION, f"too much: {error}", span, HINT, reports.TOO_LARGE)
            return None
