# SPDX-License-Identifier: Apache-2.0
"""The churn of a run -> docs/scale.svg: what the operator holds over time, with the line that it shall stay
below. Colours are set by classes, for light pages and for dark ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree import ElementTree

from tests.scale import goals

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT = 900, 320, 70, 20, 48, 40
TICKS: Final = 5
STYLE = """
text { font: 12px sans-serif; fill: #1f2328 } .axis { font-size: 10px; fill: #59636e }
.title { font: bold 14px sans-serif } .ground { fill: #ffffff } .grid { stroke: #d1d9e0; stroke-width: 1 }
.goal { stroke: #cf222e; stroke-width: 2; stroke-dasharray: 4 2 }
.held { stroke: #0969da; stroke-width: 2; fill: none }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .axis { fill: #9198a1 } .ground { fill: #0d1117 } .grid { stroke: #3d444d }
.goal { stroke: #ff7b72 } .held { stroke: #4493f8 }
}
"""


def svg(results: Mapping[str, Any]) -> str:
    """The whole file."""
    rows: Sequence[Sequence[float]] = results["churn"]["memory"]
    longest = max((row[0] for row in rows), default=1.0) or 1.0
    most = max([goals.OPERATOR_MIB, *(row[1] for row in rows)]) * 1.1
    size = {"width": str(WIDTH), "height": str(HEIGHT), "viewBox": f"0 0 {WIDTH} {HEIGHT}"}
    root = ElementTree.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size})
    ElementTree.SubElement(root, "title").text = "Memory of the operator while nodes come and go"
    ElementTree.SubElement(root, "style").text = STYLE
    ElementTree.SubElement(root, "rect", {"class": "ground", "width": str(WIDTH), "height": str(HEIGHT)})
    _text(root, "MiB that the operator holds, its judge included, over minutes", LEFT, 24, "title")
    for tick in range(TICKS + 1):
        share = tick / TICKS
        _line(root, "grid", LEFT, _y(share), WIDTH - RIGHT, _y(share))
        _text(root, f"{most * share:.0f}", LEFT - 8, _y(share) + 4, "axis", "end")
        _text(root, f"{longest * share / 60:.1f}", _x(share), HEIGHT - FOOT + 18, "axis", "middle")
    _line(root, "goal", LEFT, _y(goals.OPERATOR_MIB / most), WIDTH - RIGHT, _y(goals.OPERATOR_MIB / most))
    points = " ".join(f"{_x(row[0] / longest):.1f},{_y(row[1] / most):.1f}" for row in rows)
    ElementTree.SubElement(root, "polyline", {"class": "held", "points": points})
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _x(share: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * share


def _y(share: float) -> float:
    return TOP + (HEIGHT - TOP - FOOT) * (1 - share)


def _line(root: ElementTree.Element, style: str, *ends: float) -> None:
    place = {name: f"{end:.1f}" for name, end in zip(("x1", "y1", "x2", "y2"), ends, strict=True)}
    ElementTree.SubElement(root, "line", {"class": style, **place})


def _text(  # noqa: PLR0913, PLR0917 (of SVG's own)
    root: ElementTree.Element, text: str, x: float, y: float, style: str, anchor: str = "start"
) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "class": style, "text-anchor": anchor}
    ElementTree.SubElement(root, "text", place).text = text
