# SPDX-License-Identifier: Apache-2.0
"""Figures of a run -> the tables of docs/scale.md. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tests.scale import goals
from tests.scale.measured import requests
from tests.scale.programmed import PATIENCE_S

Part = Mapping[str, Any]
PARTS: Final = {
    "start": "all agents start at once",
    "rest": "nothing happens",
    "changes": "one rule after the other changes",
    "events": "alerts become Events",
    "churn": "nodes come and go",
}
_KINDS: Final = 12  # rows of the table of kinds, of each part
_MIB: Final = 1 << 20


def goals_table(results: Mapping[str, Any]) -> str:
    """What is wanted, what came out."""
    rows = [
        (what, wanted, found, "yes" if reached else "**no**")
        for what, wanted, found, reached in _goals(results)
    ]
    return _table(("what", "wanted", "measured", "reached"), rows)


def _goals(results: Mapping[str, Any]) -> Iterator[tuple[str, str, str, bool]]:
    for part, when in (("changes", "one after the other"), ("churn", "while nodes come and go")):
        late = [math.inf] * results[part].get("late", 0)  # they count as the longest, which they were
        samples = [*results[part]["samples_s"], *late]
        for share, bound in ((0.5, goals.PROGRAMMED_P50_S), (0.99, goals.PROGRAMMED_P99_S)):
            found = quantile(samples, share)
            yield (
                f"apply to Programmed, {when}, p{share * 100:.0f} of {len(samples)}",
                f"≤ {bound:.0f} s",
                f"{found:.2f} s" if found < math.inf else f"more than {PATIENCE_S:.0f} s",
                bool(samples) and found <= bound,
            )
    held = max(results[part]["operator_mib"] for part in PARTS)
    yield (
        "memory of the operator, at most",
        f"≤ {goals.OPERATOR_MIB:.0f} MiB",
        f"{held:.0f} MiB",
        (held <= goals.OPERATOR_MIB),
    )
    rate = published_per_h(results)
    yield (
        "Events published",
        f"≥ {goals.EVENTS_PER_H * 0.95:,.0f} an hour",
        f"{rate:,.0f} an hour",
        (rate >= goals.EVENTS_PER_H * 0.95),
    )


def start(results: Mapping[str, Any]) -> str:
    """One paragraph."""
    part, nodes = results["start"], results["about"]["nodes"]
    ready, told = (
        "not all within the time" if part[key] is None else f"all after {part[key]:.1f} s"
        for key in ("ready_s", "told_s")
    )
    return (
        f"{nodes:,} agents that start in the same moment: Ready {ready}; every rule tells of all of them, "
        f"{told}; {requests(part, who='agents') / nodes:.1f} requests a node, {part['busiest']:,} in the "
        "busiest second.\n"
    )


def traffic(results: Mapping[str, Any]) -> str:
    """Requests and bytes of each part, in all and for one node."""
    nodes = results["about"]["nodes"]
    rows = [_traffic(name, results[part], nodes) for part, name in PARTS.items()]
    one = results["changes"]
    number = max(1, len(one["samples_s"]))
    shares = {key: value / number for key, value in one["bytes"].items()}
    agents = (requests(one, who="agents") - requests(one, who="agents", resource="leases")) / number
    operator = requests(one, who="operator") / number
    more = (
        f"\nOne change takes {agents:,.0f} requests of the agents ({agents / nodes:.2f} a node) and "
        f"{operator:,.0f} of the operator, Leases not counted; the API server answers with "
        f"{shares['answers'] / _MIB:.1f} MiB, sends {shares['watches'] / _MIB:.1f} MiB to watches and "
        f"{shares['etcd'] / _MIB:.1f} MiB to etcd.\n"
    )
    heads = ("what", "requests/s", "in the busiest second", "agents', a node", "to clients", "to etcd")
    return _table(heads, rows) + more


def _traffic(name: str, part: Part, nodes: int) -> tuple[str, ...]:
    seconds, sent = part["seconds"], part["bytes"]
    to_clients = (sent["answers"] + sent["watches"]) / seconds
    return (
        name,
        f"{requests(part) / seconds:.1f}",
        f"{part['busiest']:,}",
        f"{requests(part, who='agents') / nodes:.2f} in {seconds:.0f} s",
        f"{to_clients / 1024:,.1f} KiB/s",
        f"{sent['etcd'] / seconds / 1024:,.1f} KiB/s",
    )


def kinds(results: Mapping[str, Any]) -> str:
    """The most frequent requests of each part."""
    rows = [
        (name, row[0], row[1], row[2], "refused" if row[3] >= 400 else "done", f"{row[4]:,}")
        for part, name in PARTS.items()
        for row in results[part]["requests"][:_KINDS]
        if row[0] != "others"
    ]
    return _table(("when", "who", "verb", "resource", "", "requests"), rows)


def churn(results: Mapping[str, Any]) -> str:
    """One paragraph."""
    part = results["churn"]
    memory = [row[1] for row in part["memory"]] or [0.0]
    third = max(1, len(memory) // 3)
    first, last = statistics.median(memory[:third]), statistics.median(memory[-third:])
    return (
        f"In {part['seconds'] / 60:.1f} minutes {part['came_and_went']} nodes went and as many came, and "
        f"{part['changes']} rules changed; {part['late']} changes were not in force everywhere within a "
        f"minute. The operator held {first:.0f} MiB in the first third (median) and {last:.0f} MiB in the "
        "last.\n"
    )


def machine(results: Mapping[str, Any]) -> str:
    """Processor time by part and program, of one processor."""
    names = list(results["rest"]["processor_s"])
    rows = [
        (name, *(f"{results[part]['processor_s'][one] / results[part]['seconds']:.1%}" for one in names))
        for part, name in PARTS.items()
    ]
    held = [f"{results['churn']['memory_mib'][one]:,.0f} MiB" for one in names]
    return _table(("share of a processor", *names), [*rows, ("memory at the end", *held)])


def published_per_h(results: Mapping[str, Any]) -> float:
    """Events of all nodes, from the part that made alerts."""
    part = results["events"]
    return float(part["counted"].get("published", 0)) / float(part["offered_s"]) * 3600.0


def quantile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that is no less than this share of them; infinite without any."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = (heads, ["---"] * len(heads), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
