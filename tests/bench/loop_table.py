# SPDX-License-Identifier: Apache-2.0
"""What was measured of the loops -> a table for the terminal, the same in Markdown, and data for JSON.

Slowdowns are ratios to the first state, nothing attached: of the quickest passes, and of the medians.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from tests.bench.loops import LOOPS

Found = Mapping[tuple[str, int], Mapping[str, "Measured"]]  # loop and processes -> state -> all its passes
NOTHING = "nothing attached"
EMPTY = "empty programs"
ELSEWHERE = "Lanner, other rules"
PUBLIC = "Lanner, public rules"
DEFAULT = "Lanner, default rules"
WHOLE = "public rules, no index"
STATES = (NOTHING, EMPTY, ELSEWHERE, PUBLIC, DEFAULT, WHOLE)
WITH_RULES = (PUBLIC, DEFAULT, WHOLE)
_UNITS = ((1e6, "ms"), (1e3, "µs"), (1, "ns"))
_AGENT = ("agent's CPU", "agent, each", "lost")


@dataclass(frozen=True, slots=True)
class Measured:
    """`ns`: of one operation in the quickest pass, `median_ns` of all passes. Of the agent: CPU seconds a
    second while the loop ran, CPU nanoseconds for each operation until everything was read, both where that
    was least; of all passes together how many operations, events lost, alerts.
    """

    ns: float
    median_ns: float
    cpu_share: float = 0.0
    cpu_ns: float = 0.0
    operations: int = 0
    lost: int = 0
    alerts: int = 0

    @classmethod
    def together(cls, passes: Sequence[Measured]) -> Measured:
        """Of several passes."""
        cheapest = min(passes, key=lambda one: one.cpu_ns)
        return cls(
            min(one.ns for one in passes),
            statistics.median(one.ns for one in passes),
            cheapest.cpu_share,
            cheapest.cpu_ns,
            sum(one.operations for one in passes),
            sum(one.lost for one in passes),
            sum(one.alerts for one in passes),
        )


def ratios(measured: Mapping[str, Measured], state: str) -> tuple[float, float]:
    """To nothing attached: of the quickest passes, and of the medians."""
    first = measured[NOTHING]
    return measured[state].ns / first.ns, measured[state].median_ns / first.median_ns


def as_data(found: Found) -> dict[str, object]:
    """By loop, processes and state."""
    return {
        loop: {
            f"{processes} processes": {state: asdict(one) for state, one in measured.items()}
            for (_, processes), measured in rows
        }
        for loop, rows in groupby(found.items(), key=lambda item: item[0][0])
    }


def of_data(data: Mapping[str, Any]) -> Found:
    """What `as_data` made, read back from JSON."""
    return {
        (loop, int(processes.split()[0])): {state: Measured(**one) for state, one in measured.items()}
        for loop, by_processes in data.items()
        if loop in LOOPS
        for processes, measured in by_processes.items()
    }


def text(found: Found) -> str:
    """For a terminal: a block for each loop, a line for each number of processes."""
    head, *rows = _cells(found)
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(1, len(head))]
    lines = [_line("", head[1:], widths)]
    for title, block in groupby(rows, key=lambda row: row[0]):
        lines += ["", title, *(_line("  ", row[1:], widths) for row in block)]
    return "\n".join(lines)


def markdown(found: Found) -> str:
    """The same rows."""
    head, *rows = _cells(found)
    marks = [":--", *["--:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, marks, *_without_repeats(rows)))


def duration(ns: float) -> str:
    """With the unit that fits."""
    size, unit = next((size, unit) for size, unit in _UNITS if ns >= size or size == 1)
    return f"{ns / size:.3g} {unit}"


def _cells(found: Found) -> Iterator[list[str]]:
    """The heads, then a row for each loop and number of processes."""
    yield ["loop", "processes", *STATES, *_AGENT]
    for (loop, processes), measured in found.items():
        others = [_slowdown(measured, state) for state in STATES[1:]]
        times = [duration(measured[NOTHING].ns), *others]
        yield [LOOPS[loop].what, str(processes), *times, *_agent(measured)]


def _slowdown(measured: Mapping[str, Measured], state: str) -> str:
    least, median = ratios(measured, state)
    return f"x {least:.2f} ({median:.2f})"


def _agent(measured: Mapping[str, Measured]) -> list[str]:
    """What it costs with the public rules, and what is lost in all states with rules on the loop."""
    one = measured[PUBLIC]
    lost = " / ".join(_lost(measured[state]) for state in WITH_RULES)
    return [f"{one.cpu_share:.1%}", duration(one.cpu_ns), lost]


def _lost(one: Measured) -> str:
    return f"{one.lost / one.operations:.2%}" if one.lost else "0"


def _line(margin: str, cells: list[str], widths: list[int]) -> str:
    return margin + "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))


def _without_repeats(rows: list[list[str]]) -> Iterator[list[str]]:
    before = ""
    for title, *rest in rows:
        yield ["" if title == before else title, *rest]
        before = title
