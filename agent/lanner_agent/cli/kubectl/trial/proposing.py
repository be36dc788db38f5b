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
        if _is_whole(where.executable):
            found.add(Alert(where.rule, _fields(where)), number)
        else:
            refused.append(
                f"nothing proposed for {where.rule}: {where.executable or 'a program without a file'}"
                " is not the whole path of a program"
            )
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
    if where.workload == HOST:
        return {PROGRAM: where.executable, "container.id": HOST}
    return {PROGRAM: where.executable}


def _is_whole(executable: str) -> bool:
    """Of a long path the end is told, and what is not printable is told with escapes."""
    return executable.startswith("/") and "\\" not in executable and len(executable.encode()) < DRY_RUN_TEXT
