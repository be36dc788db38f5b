# SPDX-License-Identifier: Apache-2.0
"""What was measured of the loops -> a table for the terminal, the same in Markdown, and data for JSON.

Called by bench_loops. Slowdowns are ratios to the first state, nothing attached; the agent's columns are
those of the last state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

from tests.bench.loops import LOOPS

Found = Mapping[tuple[str, int], Mapping[str, "Measured"]]
_UNITS = ((1e6, "ms"), (1e3, "µs"), (1, "ns"))
_AGENT = ("agent's CPU", "agent, each", "lost")


@dataclass(frozen=True, slots=True)
class Measured:
    """`ns`: of one operation. Of the agent: CPU seconds a second while the loop ran, CPU nanoseconds for each
    operation until everything was read, events lost, of how many operations.
    """

    ns: float
    cpu_share: float = 0.0
    cpu_ns: float = 0.0
    operations: int = 0
    lost: int = 0

    def best(self, other: Measured) -> Measured:
        """The quicker time, the agent's cost where that was least, and the losses of both."""
        quicker, cheaper = min(self.ns, other.ns), min(self, other, key=lambda one: one.cpu_ns)
        together = {"operations": self.operations + other.operations, "lost": self.lost + other.lost}
        return replace(cheaper, ns=quicker, **together)


def as_data(found: Found) -> dict[str, object]:
    """By loop, processes and state, with the ratios."""
    return {
        loop: {
            f"{processes} processes": {
                state: asdict(one) | {"ratio": round(one.ns / _first(measured).ns, 3)}
                for state, one in measured.items()
            }
            for (_, processes), measured in rows
        }
        for loop, rows in _by_loop(found)
    }


def of_data(data: Mapping[str, Any]) -> Found:
    """What `as_data` made, read back from JSON with the machine beside it."""
    return {
        (loop, int(processes.split()[0])): {
            state: Measured(**{name: value for name, value in one.items() if name != "ratio"})
            for state, one in measured.items()
        }
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


def page(found: Found, said: Mapping[str, Any]) -> str:
    """In Markdown. `said`: of the machine, as figures.machine() does."""
    head, *rows = _cells(found)
    marks = [":--", *["--:"] * (len(head) - 1)]
    lines = ["| " + " | ".join(row) + " |" for row in (head, marks, *_without_repeats(rows))]
    return f"Linux {said['kernel']}, {said['machine']}, {said['cpus']} CPUs:\n\n" + "\n".join(lines) + "\n"


def _cells(found: Found) -> Iterator[list[str]]:
    """The heads, then a row for each loop and number of processes."""
    first, *others = next(iter(found.values()))
    yield ["loop", "processes", first, *others, *_AGENT]
    for (loop, processes), measured in found.items():
        times = [_duration(_first(measured).ns)]
        times += [f"x {measured[name].ns / _first(measured).ns:.2f}" for name in others]
        yield [LOOPS[loop], str(processes), *times, *_agent(measured[others[-1]])]


def _agent(one: Measured) -> list[str]:
    lost = f"{one.lost / one.operations:.2%}" if one.lost else "0"
    return [f"{one.cpu_share:.0%}", _duration(one.cpu_ns), lost]


def _duration(ns: float) -> str:
    size, unit = next((size, unit) for size, unit in _UNITS if ns >= size or size == 1)
    return f"{ns / size:.3g} {unit}"


def _line(margin: str, cells: list[str], widths: list[int]) -> str:
    return margin + "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))


def _without_repeats(rows: list[list[str]]) -> Iterator[list[str]]:
    before = ""
    for title, *rest in rows:
        yield ["" if title == before else title, *rest]
        before = title


def _first(measured: Mapping[str, Measured]) -> Measured:
    return next(iter(measured.values()))


def _by_loop(
    found: Found,
) -> Iterator[tuple[str, Iterator[tuple[tuple[str, int], Mapping[str, Measured]]]]]:
    return groupby(found.items(), key=lambda item: item[0][0])
