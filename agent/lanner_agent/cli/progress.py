# SPDX-License-Identifier: Apache-2.0
"""What the user sees on standard error while probes load: a moving line on a terminal, lines
elsewhere.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lanner_agent.app import logs

Report = Callable[[str, int, int], None]  # what is being done, steps done, steps in all


@contextmanager
def shown() -> Iterator[Report]:
    """A function to report steps to, for as long as the block runs."""
    if sys.stderr.isatty() and not logs.in_json():
        yield from _moving()
    else:
        yield _plain()


def _moving() -> Iterator[Report]:
    from rich import console, progress  # noqa: PLC0415  3 MB, for terminals only

    columns = (progress.SpinnerColumn(), progress.BarColumn(20), progress.TextColumn("{task.description}"))
    with progress.Progress(*columns, console=console.Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def _plain() -> Report:
    said: set[str] = set()

    def report(what: str, done: int, total: int) -> None:
        if what not in said:
            said.add(what)
            logs.say(f"lanner: {what}")

    return report
