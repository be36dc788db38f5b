# SPDX-License-Identifier: Apache-2.0
"""What the run measured, kept in results.json beside this file -> tables in docs/scale.md, and its chart.

`make scale` measures, keeps the figures and writes both; a test holds the three together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench import surroundings
from tests.scale import chart, scale_tables

PAGE = Path(__file__).parents[2] / "docs/scale.md"
CHART = PAGE.with_suffix(".svg")
KEPT = Path(__file__).with_name("results.json")
BEGIN, END = "<!-- made by `make scale` -->\n", "<!-- end -->\n"
WANTED = 1000  # nodes
Results = Mapping[str, Any]


def page(results: Results) -> str:
    """The page as it is, with the tables of these figures."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, behind = rest.partition(END)
    return f"{before}{BEGIN}\n{made(results)}\n{END}{behind}"


def made(results: Results) -> str:
    """What stands between the marks."""
    return "\n".join(
        (
            f"{where(results)}\n",
            "### Goals\n",
            scale_tables.goals_table(results),
            scale_tables.start(results),
            "### Requests and bytes\n",
            scale_tables.traffic(results),
            "### Who asks for what\n",
            scale_tables.kinds(results),
            "### Nodes come and go, rules change\n",
            "![memory of the operator while nodes come and go](scale.svg)\n",
            scale_tables.churn(results),
            "### What the run took of the machine\n",
            scale_tables.machine(results),
        )
    )


def where(results: Results) -> str:
    """The machine, the size of the cluster, and what else ran."""
    machine, about = results["machine"], results["about"]
    load = f"the load was {about['load']:.1f} when it began"
    if about["load"] > surroundings.MAX_LOAD:
        load = f"**{load}: other work ran, and all times are of such a machine**"
    small = ""
    if about["nodes"] < WANTED:
        small = f"**These figures are of {about['nodes']:,} nodes: of {WANTED:,} they say nothing.** "
    return (
        f"{small}{about['nodes']:,} nodes, {about['rules']:,} rules in {about['objects']:,} objects. "
        f"Linux {machine['kernel']}, {machine['machine']}, {machine['cpus']} CPUs, which API server, etcd, "
        f"operator and all agents share; {load}. The run took {about['minutes']:.0f} minutes. "
        f"A change waits on every node for {about['compile_s']:.2f} s, which an agent takes to check and "
        "compile these rules."
    )


def kept() -> Results:
    """What the page is made of."""
    results: Results = json.loads(KEPT.read_text())
    return results


def keep(results: Results) -> None:
    KEPT.write_text(json.dumps(results, indent=1) + "\n")


def write() -> None:
    """The page and the chart, of what is kept."""
    results = kept()
    PAGE.write_text(page(results))
    CHART.write_text(chart.svg(results))
