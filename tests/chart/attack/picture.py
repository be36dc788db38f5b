# SPDX-License-Identifier: Apache-2.0
"""docs/attack-matrix.svg: a column for each tactic, a cell for each technique: seen, shipped off, a gap."""

from __future__ import annotations

import textwrap
from typing import Final
from xml.etree import ElementTree

from lanner_page import matrix
from tests.chart.attack import coverage
from tests.chart.rendering import CHART

FILE: Final = CHART.parents[1] / "docs" / "attack-matrix.svg"
WIDTH: Final = 150  # of a column, with its gap
CELL: Final = 46  # height of a cell, with its gap
TOP: Final = 78
LINE: Final = 22  # letters
STATES: Final = {
    "on": "a rule in force",
    "off": "a rule that is shipped off",
    "gap": "no rule: the page says why",
}
STYLE: Final = """
text { font: 10px system-ui, sans-serif; fill: #1f2328 } .head { font-weight: 600; font-size: 11px }
.number { font-weight: 600 } .ground { fill: #fff } .on { fill: #b7e4c7 } .off { fill: #ffe8a3 }
.gap { fill: #fff; stroke: #8c959f; stroke-dasharray: 3 2 }
"""


def svg() -> str:
    """The whole file."""
    kept = matrix.kept()
    columns = {word: cells for word in kept.tactics if (cells := _cells(kept, word))}
    width = 16 + WIDTH * len(columns)
    height = TOP + CELL * max(map(len, columns.values())) + 10
    size = {"width": str(width), "height": str(height), "viewBox": f"0 0 {width} {height}"}
    root = ElementTree.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size})
    ElementTree.SubElement(root, "title").text = "Techniques of ATT&CK for containers, and the default rules"
    ElementTree.SubElement(root, "style").text = STYLE
    _box(root, "ground", (0, 0), (width, height))
    _legend(root, kept.version)
    for number, (word, cells) in enumerate(columns.items()):
        _column(root, 12 + WIDTH * number, kept.tactics[word][1], cells)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _cells(kept: matrix.Matrix, word: str) -> list[tuple[matrix.Technique, str]]:
    found = coverage.by_technique()
    mine = (kept.techniques[number] for number in found if word in kept.techniques[number].tactics)
    return [(technique, _state(found[technique.number])) for technique in mine]


def _state(rules: tuple[coverage.Rule, ...]) -> str:
    if any(rule.active for rule in rules):
        return "on"
    return "off" if rules else "gap"


def _legend(root: ElementTree.Element, version: str) -> None:
    _text(root, version, (12, 18), "head")
    for number, (state, words) in enumerate(STATES.items()):
        left = 12 + 190 * number
        _box(root, state, (left, 28), (14, 12))
        _text(root, words, (left + 20, 38))


def _column(
    root: ElementTree.Element, left: int, name: str, cells: list[tuple[matrix.Technique, str]]
) -> None:
    _text(root, name, (left, TOP - 12), "head")
    for row, (technique, state) in enumerate(cells):
        top = TOP + CELL * row
        _box(root, state, (left, top), (WIDTH - 8, CELL - 6))
        _text(root, technique.number, (left + 5, top + 12), "number")
        for line, words in enumerate(textwrap.wrap(technique.name, LINE, max_lines=2, placeholder=" …")):
            _text(root, words, (left + 5, top + 24 + 11 * line))


def _box(root: ElementTree.Element, kind: str, at: tuple[int, int], size: tuple[int, int]) -> None:
    place = {"x": str(at[0]), "y": str(at[1]), "width": str(size[0]), "height": str(size[1])}
    ElementTree.SubElement(root, "rect", {"class": kind, **place, "rx": "3"})


def _text(root: ElementTree.Element, words: str, at: tuple[int, int], kind: str = "") -> None:
    attributes = {"x": str(at[0]), "y": str(at[1])} | ({"class": kind} if kind else {})
    ElementTree.SubElement(root, "text", attributes).text = words
