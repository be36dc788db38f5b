# SPDX-License-Identifier: Apache-2.0
"""What was measured, kept in results.json beside this file -> tables in docs/performance.md, and its chart.

`make performance` measures, keeps the figures and writes both; a test holds the three together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench import chart, figure_names, figures, further_figures, goals, loop_table, surroundings

PAGE = Path(__file__).parents[2] / "docs/performance.md"
CHART = PAGE.with_suffix(".svg")
KEPT = Path(__file__).with_name("results.json")
BEGIN, END = "<!-- made by `make performance` -->\n", "<!-- end -->\n"
MEASURED = (
    *("surroundings", "loops", "programs", "at_rest", "start", "swap", "many_rules", "flood", "delay"),
    *("outputs", "replay", "metrics_page"),
)
TRIAL = (
    "**These figures are of a trial, which does as little as shows that the benchmarks work: "
    "none of them says anything.**\n\n"
)
Results = Mapping[str, Any]


def page(results: Results) -> str:
    """The page as it is, with the tables of these figures."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, behind = rest.partition(END)
    return f"{before}{BEGIN}\n{made(results)}\n{END}{behind}"


def made(results: Results) -> str:
    """What stands between the marks."""
    found = loop_table.of_data(results["loops"]["loops"])
    trial = TRIAL if results["surroundings"]["trial"] else ""
    return "\n".join(
        (
            f"{trial}{where(results)}\n",
            "![how many times as long loops take, by what is attached](performance.svg)\n",
            loop_table.markdown(found),
            "### Goals\n",
            goals.table(figure_names.figures(results), trial=results["surroundings"]["trial"]),
            "### Further figures\n",
            further_figures.table(results),
        )
    )


def where(results: Results) -> str:
    """The machine, and what else it did."""
    machine, seen = results["machine"], results["surroundings"]
    least = f"Minima of {results['loops']['passes']} passes, medians in brackets"
    run = f"measured in {seen['minutes']:.0f} minutes"
    found = loop_table.of_data(results["loops"]["loops"])
    alerts = sum(one.alerts for measured in found.values() for one in measured.values())
    return (
        f"Linux {machine['kernel']}, {machine['machine']}, {machine['cpus']} CPUs, {run}. "
        f"{surroundings.sentence(seen)} "
        f"Rules were true on {alerts:,} events in the loops. {least}."
    )


def kept() -> Results:
    """What the page is made of."""
    results: Results = json.loads(KEPT.read_text())
    return results


def keep(parts: Sequence[str] = MEASURED) -> None:
    """Take what was measured last; of some parts alone the others stay. FileNotFoundError where one of them
    was not measured.
    """
    machine = figures.machine()
    found: dict[str, object] = {} if tuple(parts) == MEASURED else dict(kept())
    found["machine"] = machine
    for name in parts:
        one = json.loads((figures.FOLDER / f"{name}.json").read_text())
        found[name] = {key: value for key, value in one.items() if key not in machine}
    KEPT.write_text(json.dumps(found, indent=1) + "\n")


def write() -> None:
    """The page and the chart, of what is kept."""
    results = kept()
    PAGE.write_text(page(results))
    CHART.write_text(chart.svg(results))
