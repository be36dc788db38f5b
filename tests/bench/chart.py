# SPDX-License-Identifier: Apache-2.0
"""The loops' figures -> docs/performance.svg: a bar for each state, a line where a goal is.

One panel for each number of processes, a group for each loop. A bar begins at 1, nothing attached, and is cut
at AXIS_TO; the ratio stands behind it. Colours are set by classes, for light pages and for dark ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from tests.bench import figure_names, goals, loop_table
from tests.bench.loop_table import Measured, ratios
from tests.bench.loops import LOOPS

MARGIN = 20
LABELS = 235  # for the names of loops, left of the panels
PANEL, NUMBERS = 330, 75  # the ratios stand right of a panel, where no line crosses them
WIDTH = MARGIN + LABELS + 2 * (PANEL + NUMBERS)
TOP, FOOT = 96, 30
BAR, GROUP_GAP = 12, 16
AXIS_TO = 1.6
TICKS = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6)
STATES = loop_table.STATES[1:]
STYLE = """
text { font: 12px sans-serif; fill: #1f2328 }
.title { font: bold 14px sans-serif } .number { font-size: 10px } .axis { font-size: 10px; fill: #59636e }
.ground { fill: #ffffff } .grid { stroke: #d1d9e0; stroke-width: 1 }
.goal { stroke: #cf222e; stroke-width: 2; stroke-dasharray: 4 2 }
.s0 { fill: #afb8c1 } .s1 { fill: #9a6dd7 } .s2 { fill: #0969da } .s3 { fill: #1a7f37 } .s4 { fill: #bc4c00 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .axis { fill: #9198a1 } .ground { fill: #0d1117 } .grid { stroke: #3d444d }
.goal { stroke: #ff7b72 }
.s0 { fill: #656c76 } .s1 { fill: #be8fff } .s2 { fill: #4493f8 } .s3 { fill: #3fb950 } .s4 { fill: #f0883e }
}
"""


@dataclass(frozen=True, slots=True)
class Panel:
    """Of so many processes; `left` is where its bars begin."""

    processes: int
    left: float

    def x(self, ratio: float) -> float:
        """Nothing is drawn left of 1 or right of AXIS_TO."""
        return self.left + PANEL * (min(max(ratio, 1.0), AXIS_TO) - 1.0) / (AXIS_TO - 1.0)


PANELS = tuple(Panel(number + 1, MARGIN + LABELS + number * (PANEL + NUMBERS)) for number in (0, 1))
GROUP = BAR * len(STATES) + GROUP_GAP


def svg(results: Mapping[str, Any]) -> str:
    """The whole file."""
    found = loop_table.of_data(results["loops"]["loops"])
    lines = dict(goal_lines(results))
    height = TOP + GROUP * len(LOOPS) + FOOT
    size = {"width": str(WIDTH), "height": str(height), "viewBox": f"0 0 {WIDTH} {height}"}
    root = ElementTree.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size})
    ElementTree.SubElement(root, "title").text = "How many times as long loops take, by what is attached"
    ElementTree.SubElement(root, "style").text = STYLE
    _rect(root, "ground", 0, 0, WIDTH, height)
    _legend(root)
    for panel in PANELS:
        _axis(root, panel, height)
    for row, (name, loop) in enumerate(LOOPS.items()):
        top = TOP + GROUP * row
        _words(root, loop.what, top + GROUP / 2 - GROUP_GAP)
        for panel in PANELS:
            measured = found.get((name, panel.processes))
            if measured is not None:
                _bars(root, panel, top, measured)
                _goal(root, panel, top, lines.get(f"{name} {panel.processes}"))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def goal_lines(results: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Loop and processes -> the ratio that is wanted."""
    for goal in goals.goals().values():
        for name in goal.figures:
            loop, *rest = name.split()
            if loop in LOOPS and rest and goal.at_most is not None:
                yield f"{loop} {rest[0]}", goal.at_most + figure_names.above(results, name)


def _bars(root: ElementTree.Element, panel: Panel, top: float, measured: Mapping[str, Measured]) -> None:
    for number, state in enumerate(STATES):
        ratio = ratios(measured, state)[0]
        y = top + BAR * number
        _rect(root, f"s{number}", panel.left, y + 1, max(panel.x(ratio) - panel.left, 1), BAR - 2)
        _text(root, f"{ratio:.2f}", panel.left + PANEL + 8, y + BAR - 3, "number")


def _goal(root: ElementTree.Element, panel: Panel, top: float, ratio: float | None) -> None:
    if ratio is not None and ratio <= AXIS_TO:
        _line(root, "goal", panel.x(ratio), top - 2, top + BAR * len(STATES) + 2)


def _axis(root: ElementTree.Element, panel: Panel, height: float) -> None:
    heading = "one process" if panel.processes == 1 else "two processes"
    _text(root, heading, panel.left, TOP - 30, "title")
    for tick in TICKS:
        _line(root, "grid", panel.x(tick), TOP - 8, height - FOOT)
        _text(root, f"x {tick:.1f}", panel.x(tick), TOP - 12, "axis", "middle")


def _legend(root: ElementTree.Element) -> None:
    x = float(MARGIN)
    for number, state in enumerate(STATES):
        _rect(root, f"s{number}", x, 22, 14, BAR)
        _text(root, state, x + 20, 32)
        x += 175
    _line(root, "goal", x + 7, 18, 38)
    _text(root, "goal", x + 20, 32)


def _words(root: ElementTree.Element, what: str, middle: float) -> None:
    """In two lines where it is long, cut at the comma."""
    first, _, second = what.partition(", ")
    _text(root, first, MARGIN, middle)
    _text(root, second, MARGIN, middle + 15, "axis")


def _rect(root: ElementTree.Element, style: str, x: float, y: float, width: float, height: float) -> None:  # noqa: PLR0913, PLR0917 (of SVG's own)
    place = {"x": f"{x:g}", "y": f"{y:g}", "width": f"{width:.1f}", "height": f"{height:g}"}
    ElementTree.SubElement(root, "rect", {"class": style, **place})


def _line(root: ElementTree.Element, style: str, x: float, top: float, bottom: float) -> None:
    place = {"x1": f"{x:.1f}", "x2": f"{x:.1f}", "y1": f"{top:g}", "y2": f"{bottom:g}"}
    ElementTree.SubElement(root, "line", {"class": style, **place})


def _text(  # noqa: PLR0913, PLR0917 (the same)
    root: ElementTree.Element, text: str, x: float, y: float, style: str = "", anchor: str = "start"
) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:g}", "class": style, "text-anchor": anchor}
    if text:
        ElementTree.SubElement(
            root, "text", {name: value for name, value in place.items() if value}
        ).text = text
