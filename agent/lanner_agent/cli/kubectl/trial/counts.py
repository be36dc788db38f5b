# SPDX-License-Identifier: Apache-2.0
"""Statuses of tried objects, and FalcoNodes -> which rule matched where and how often, on how many nodes.
Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from lanner_agent.cli.kubectl import reading
from lanner_agent.cli.kubectl.trial.objects import Plan
from lanner_agent.publish import escape
from lanner_engine.resources.falco_node import DRY_RUN_TEXT

Names = Mapping[str, str]  # rules of an object as agents tell them -> as the files have them
HOST: Final = "host"


class Where(NamedTuple):
    """A group of matches. `namespace` is empty for what is in no pod; `workload` is then the container's
    name, or `host`.
    """

    rule: str
    namespace: str
    workload: str
    executable: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one object has come, as its status says it."""

    object: str
    accepted: str = "Unknown"
    programmed: str = "Unknown"
    reason: str = ""
    message: str = ""
    loaded: int = 0
    desired: int = 0
    skipped: int = 0

    @property
    def settled(self) -> bool:
        """No later answer will be another: it is in force everywhere, or refused."""
        return self.accepted == "False" or self.programmed == "True"


@dataclass(frozen=True, slots=True)
class Counts:
    """`rows` by group; `others` are matches that no row tells of. `silent`: rules that are in force and
    matched nothing. `nodes`: on how many nodes each group was, for who may read that.
    """

    rows: Mapping[Where, int] = field(default_factory=dict)
    others: int = 0
    silent: tuple[str, ...] = ()
    nodes: Mapping[Where, int] | None = None

    @property
    def matches(self) -> int:
        return sum(self.rows.values()) + self.others

    @property
    def ordered(self) -> Sequence[tuple[Where, int]]:
        """Most matches first."""
        return sorted(self.rows.items(), key=lambda one: (-one[1], one[0]))


def progress(plan: Plan, items: Sequence[Mapping[str, Any]]) -> tuple[Progress, ...]:
    """Of the plan's objects, in their order."""
    return tuple(_progress(one.original, item) for one, item in zip(plan.objects, items, strict=True))


def _progress(original: str, item: Mapping[str, Any]) -> Progress:
    accepted, programmed = (reading.condition(item, kind) for kind in ("Accepted", "Programmed"))
    nodes = reading.mapping(item, "status", "nodes")
    return Progress(
        object=original,
        accepted=reading.text(accepted, "status") or "Unknown",
        programmed=reading.text(programmed, "status") or "Unknown",
        reason=reading.text(programmed, "reason"),
        message=reading.text(programmed, "message"),
        loaded=reading.number(nodes, "loaded"),
        desired=reading.number(nodes, "desired"),
        skipped=reading.number(nodes, "skipped"),
    )


def counts(plan: Plan, items: Iterable[Mapping[str, Any]]) -> Counts:
    """Without nodes."""
    rows, others, rules = Counter[Where](), 0, list[str]()
    for item in items:
        told, names = reading.mapping(item, "status", "dryRun"), _names(plan, item)
        own = list(_rows(names, told))
        for where, number in own:
            rows[where] += number
        others += max(0, reading.number(told, "matches") - sum(number for _, number in own))
        rules += names.values()
    heard = {where.rule for where in rows}
    return Counts(rows, others, tuple(dict.fromkeys(one for one in rules if one not in heard)))


def nodes(
    plan: Plan, items: Iterable[Mapping[str, Any]], told: Iterable[Mapping[str, Any]]
) -> Mapping[Where, int]:
    """On how many FalcoNodes each group is told of: an agent tells the most frequent ones."""
    names = {reading.text(item, "metadata", "uid"): _names(plan, item) for item in items}
    found: defaultdict[Where, int] = defaultdict(int)
    for node in told:
        own = [one for one in reading.objects(node, "status", "dryRun") if reading.text(one, "uid") in names]
        for where in {where for one in own for where, _ in _rows(names[reading.text(one, "uid")], one)}:
            found[where] += 1
    return found


def _names(plan: Plan, item: Mapping[str, Any]) -> Names:
    names = [reading.text(one, "name") for one in reading.objects(item, "status", "rules")]
    return {escape.shown(one, DRY_RUN_TEXT): plan.original(one) for one in names}


def _rows(names: Names, told: Mapping[str, Any]) -> Iterator[tuple[Where, int]]:
    """An agent may name rules that are none of the object's: no exception is proposed for these."""
    for one in reading.objects(told, "top"):
        rule, *rest = (reading.text(one, key) for key in Where._fields)
        if rule in names:
            yield Where(names[rule], *rest), reading.number(one, "matches")
