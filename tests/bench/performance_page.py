# SPDX-License-Identifier: Apache-2.0
"""The figures of the loops, kept in results.json beside this file -> the table in docs/performance.md.

`make performance` measures, keeps the figures and writes the table; a test holds the two together.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.bench import figures, loop_table

PAGE = Path(__file__).parents[2] / "docs/performance.md"
KEPT = Path(__file__).with_name("results.json")
BEGIN, END = "<!-- made by `make performance` -->\n", "<!-- end -->\n"


def page() -> str:
    """The page as it is, with the table of the figures that are kept."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, behind = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{behind}"


def table() -> str:
    """Of the figures that are kept."""
    data = figures_kept()
    return loop_table.page(loop_table.of_data(data), data)


def figures_kept() -> dict[str, Any]:
    """The file of `make bench` for the loops."""
    kept: dict[str, Any] = json.loads(KEPT.read_text())
    return kept


def keep() -> None:
    """Take what was measured last."""
    shutil.copyfile(figures.FOLDER / "loops.json", KEPT)
