# SPDX-License-Identifier: Apache-2.0
"""Groups of matches -> the exceptions that would silence them, as `lanner tune` writes them. Pure.

An agent counts by namespace and executable, which the kernel and the cluster say, and by workload, which who
may create pods can forge: no exception rests on that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lanner_agent.cli.kubectl.trial.counts import HOST, Where
from lanner_engine.alerts import written
from lanner_engine.alerts.gathered import Gathered
from lanner_engine.alerts.proposals import proposals
from lanner_engine.alerts.reading import Alert, Value
from lanner_engine.alerts.trust import PROGRAM
from lanner_engine.resources.falco_node import DRY_RUN_TEXT

_FEWEST: Final = 2  # what came once is no noise


@dataclass(frozen=True, slots=True)
class Proposed:
    """`text` is a rules file, empty for none. `refused` are sentences about what nothing is proposed for."""

    text: str
    refused: tuple[str, ...]


def proposed(rows: Mapping[Where, int]) -> Proposed:
    """For the rules by the names in `rows`."""
    found, refused = Gathered(), list[str]()
    for where, number in rows.items():
        if why := _why_not(where):
            refused.append(f"nothing proposed for {where.rule}: {why}")
        else:
            found.add(Alert(where.rule, _fields(where)), number)
    chosen = []
    for rule, kinds in found.kinds.items():
        for one in proposals(rule, kinds, _FEWEST):
            if one.refused:
                refused.append(f"nothing proposed for {one.silenced} matches of {rule}: {one.refused}")
            else:
                chosen.append(one)
    numbers = {rule: sum(kinds.values()) for rule, kinds in found.kinds.items()}
    return Proposed(written.document(chosen, numbers), tuple(refused))


def _fields(where: Where) -> dict[str, Value]:
    if where.namespace:
        return {PROGRAM: where.executable, "k8s.ns.name": where.namespace}
    return {PROGRAM: where.executable, "container.id": HOST}


def _why_not(where: Where) -> str:
    """What is known of a container comes a moment after its first processes: without its namespace an
    exception would hold in all of them, and on the host.
    """
    program = where.executable or "a program without a file"
    if not _is_whole(where.executable):
        return f"{program} is not the whole path of a program"
    if not where.namespace and where.workload != HOST:
        return f"{program} ran in a container whose namespace is not known"
    return ""


def _is_whole(executable: str) -> bool:
    """Of a long path the end is told, and what is not printable is told with escapes."""
    return executable.startswith("/") and "\\" not in executable and len(executable.encode()) < DRY_RUN_TEXT
