# SPDX-License-Identifier: Apache-2.0
"""The matrix for containers, with what the rules in force cover and what of it was hit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lanner_page import matrix
from lanner_page.source import Rule


@dataclass(frozen=True, slots=True)
class Cell:
    """A technique: `rules` in force that name it or a part of it; `hits` of these in the last hours."""

    number: str
    name: str
    rules: int
    hits: int

    @property
    def state(self) -> str:
        if self.hits:
            return "hit"
        return "covered" if self.rules else "gap"


@dataclass(frozen=True, slots=True)
class Column:
    """A tactic: its word in tags, its number, its name."""

    word: str
    number: str
    name: str
    cells: tuple[Cell, ...]


def columns(rules: Sequence[Rule]) -> tuple[Column, ...]:
    """Tactics that have a technique for containers or one that a rule names, in the matrix's order."""
    loaded = [(matrix.techniques(rule.tags), sum(rule.hits)) for rule in rules if rule.loaded]
    kept = matrix.kept()
    numbers = sorted({number for named, _ in loaded for number in named} | set(matrix.containers()))
    cells = [_cell(kept.techniques[number], loaded) for number in numbers if number in kept.techniques]
    found = (
        Column(word, number, name, tuple(_of(word, cells, kept)))
        for word, (number, name) in kept.tactics.items()
    )
    return tuple(column for column in found if column.cells)


def _cell(technique: matrix.Technique, loaded: Sequence[tuple[frozenset[str], int]]) -> Cell:
    hits = [count for named, count in loaded if technique.number in named]
    return Cell(technique.number, technique.name, len(hits), sum(hits))


def _of(word: str, cells: Sequence[Cell], kept: matrix.Matrix) -> Iterator[Cell]:
    return (cell for cell in cells if word in kept.techniques[cell.number].tactics)
