# SPDX-License-Identifier: Apache-2.0
"""results.json -> every figure that a goal may name, by its name and by the rules that were in force.

    open 1               ratio to nothing attached of the loop `open` in one process, of the quickest passes
    stat 1 above empty   that ratio less the ratio of empty programs
    others               as the goals say; shares are in percent, times in the goals' units

What does not depend on the rules, or was measured with one set, is the same for both or missing for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.bench import agents, loop_table
from tests.bench.loop_table import Found, Measured, ratios
from tests.bench.sizes import ALERTS_HZ

Figures = dict[tuple[str, str], float]  # name and rules
STATES = {agents.PUBLIC: loop_table.PUBLIC, agents.DEFAULT: loop_table.DEFAULT}


def figures(results: Mapping[str, Any]) -> Figures:
    """All of them."""
    found = loop_table.of_data(results["loops"]["loops"])
    return dict([*_of_loops(found), *_of_agents(results), *_of_others(results)])


def above(results: Mapping[str, Any], name: str) -> float:
    """What a figure is above, as ratio to nothing attached: for a line in the chart."""
    loop, processes, *rest = name.split()
    found = loop_table.of_data(results["loops"]["loops"])
    return ratios(found[loop, int(processes)], loop_table.EMPTY)[0] if rest else 0.0


def _of_loops(found: Found) -> Iterator[tuple[tuple[str, str], float]]:
    for rules, state in STATES.items():
        for (loop, processes), measured in found.items():
            least = ratios(measured, state)[0]
            name = f"{loop} {processes}"
            yield (name, rules), least
            yield (f"{name} above empty", rules), least - ratios(measured, loop_table.EMPTY)[0]
        every: list[Measured] = [measured[state] for measured in found.values()]
        yield ("lost", rules), sum(one.lost for one in every)
        yield ("agent's CPU", rules), 100 * max(one.cpu_share for one in every)


def _of_agents(results: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], float]]:
    for rules in STATES:
        yield ("idle", rules), 100 * results["at_rest"][rules]["cpu_share"]
        yield ("memory", rules), results["at_rest"][rules]["rss_mib"]
        yield ("start", rules), results["start"][rules]["seconds"]


def _of_others(results: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], float]]:
    """Measured with rules of their own, or with the public ones beside them: shown under those."""
    others = {
        "many rules": results["many_rules"]["ratio"],
        "swap": results["swap"]["median_s"],
        "swap missed": results["swap"]["missed"],
        "evaluated": results["flood"]["evaluated"]["held_a_second"],
        "delay": 1000 * results["delay"]["p99_s"],
        "delay to HTTP": results["outputs"]["delay"]["http"]["p99"],
        "alerts": min(one["a_second"] for one in results["outputs"]["each"].values()),
        "alerts at once": min(map(_slowest, results["outputs"]["dead"].values())),
        "alerts' processor": max(map(spent_ms, results["outputs"]["dead"].values())) / 1000,
        "metrics page": results["metrics_page"]["ms"],
    }
    for name, value in others.items():
        yield (name, agents.PUBLIC), value
    for rules in STATES:
        yield ("replay", rules), results["replay"]["a_second"][rules]


def spent_ms(flood: Mapping[str, Any]) -> float:
    """Of a processor, for the alerts of a second."""
    return float(sum(flood["processor_us"].values()) * ALERTS_HZ / 1e3)


def _slowest(flood: Mapping[str, Any]) -> float:
    """Alerts a second of the output that has the fewest, of those that work."""
    return float(min(flood["a_second"].values()))
