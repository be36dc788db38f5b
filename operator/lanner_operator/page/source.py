# SPDX-License-Identifier: Apache-2.0
"""What the operator's page shows: a Source, of what agents answer and of what the operator watches."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlencode

from lanner_engine.bundle.index import Index
from lanner_operator.page import merging
from lanner_operator.page.agents import Agents, NoAnswerError, Said
from lanner_operator.page.in_force import InForce
from lanner_operator.page.live import Live
from lanner_operator.page.progress import Progress
from lanner_operator.page.view import PageView
from lanner_operator.status import node as nodes
from lanner_page.source import HOURS, Alert, Answer, Explanation, Filter, Missed, Node, Propagation, Rule
from lanner_page.wire import is_number

LOOK_S: Final = 2.0  # at which nodes have the last change
WEAKER: Final = "AttachedButWeaker"
REASONS: Final = 64  # of losses, of one node
RULES: Final = 2_048  # hits of one node
WORD: Final = 200
LONGEST_S: Final = 1e9  # what is no time at all is left out: NaN, infinity, a number of 400 digits

Key = tuple[str, str]  # the object's, and the rule's name


@dataclass(slots=True)
class _Hits:
    hours: Counter[int] = field(default_factory=Counter)  # by position, 0 is the oldest
    last_ns: int = 0


class ClusterSource:
    """A Source. `run` goes on beside it."""

    def __init__(self, view: PageView, agents: Agents, index: Callable[[], Index | None]) -> None:
        """`index` of the bundle in force."""
        self._view = view
        self._index = index
        self._agents = agents
        self._live = Live(agents)
        self._in_force = InForce(view.stored)
        self._progress = Progress()

    async def run(self) -> None:
        """Notes which nodes have the last change, also while no person looks."""
        while True:
            await self.propagation()
            await asyncio.sleep(LOOK_S)

    async def alerts(self, asked: Filter) -> Answer:
        answer = await merging.newest(self._agents, asked)
        silent = self._unasked()
        return replace(answer, missing=(*answer.missing, *silent))

    def follow(self) -> AsyncIterator[Alert | Missed]:
        return self._live.follow()

    async def alert(self, id: str) -> Alert | None:
        node, _, name = id.partition(":")
        found = await self._of(node, "/alert", id=name)
        return next((one for one in found if one.id == id), None)

    async def around(self, alert: Alert) -> Sequence[Alert]:
        name = alert.id.partition(":")[2]
        asked = {"namespace": alert.namespace, "pod": alert.pod, "at_ns": str(alert.at_ns), "id": name}
        return await self._of(alert.node, "/around", **asked)

    async def explained(self, alert: Alert) -> Explanation | None:
        return await self._in_force.explained(alert)

    async def rules(self) -> Sequence[Rule]:
        hits: dict[Key, _Hits] = {}
        standing = self._standing(lambda said: _count(hits, said))
        rows, _ = await asyncio.gather(self._in_force.rules(), standing)
        said_of = self._view.statuses()
        return tuple(_row(one, said_of.get(one.object, {}), hits.get((one.object, one.name))) for one in rows)

    async def nodes(self) -> Sequence[Node]:
        said: dict[str, Said] = {}
        await self._standing(lambda one: said.update({one.node: _without_hits(one)}))
        return tuple(_node(one, said.get(one.name)) for one in self._view.falco_nodes())

    async def propagation(self) -> Propagation | None:
        return self._progress.look(self._index(), self._view.falco_nodes())

    async def _standing(self, take: Callable[[Said], object]) -> None:
        """Each answer as it comes: all of them may be more than there is memory."""
        await self._agents.ask_each(lambda _: "/standing", self._agents.nodes(), take)

    def _unasked(self) -> Sequence[str]:
        """Nodes that are known and whose agents keep no alerts, or say nothing of themselves any more."""
        known = {one.name for one in self._view.falco_nodes()}
        lacking = sorted(known - set(self._agents.nodes()))
        return (f"{merging.named(lacking)}: no agent there tells its alerts",) if lacking else ()

    async def _of(self, node: str, path: str, **asked: str) -> Sequence[Alert]:
        """What one agent answers; nothing where it does not."""
        try:
            said = await self._agents.ask(node, f"{path}?{urlencode(asked, errors='replace')}")
        except NoAnswerError:
            return ()
        return said.alerts()


def _row(one: Rule, status: Mapping[str, Any], hits: _Hits | None) -> Rule:
    counted = status.get("nodes")
    loaded, of = (_number(counted, key) for key in ("loaded", "desired"))
    if hits is None:
        return replace(one, loaded=loaded, of=of)
    hours = tuple(hits.hours.get(at, 0) for at in range(HOURS))
    return replace(one, loaded=loaded, of=of, hits=hours, last_hit_ns=hits.last_ns or None)


def _count(found: dict[Key, _Hits], said: Said) -> None:
    """Of all nodes together. Hours are those of each node's clock."""
    listed = said.body.get("hits")
    for entry in listed[:RULES] if isinstance(listed, list) else ():
        match entry:
            case [str(owner), str(name), list(hours), last] if len(hours) == HOURS and is_number(last):
                hit = found.setdefault((owner, name), _Hits())
                hit.last_ns = max(hit.last_ns, last)
                hit.hours.update({at: hour for at, hour in enumerate(hours) if is_number(hour)})


def _without_hits(said: Said) -> Said:
    return replace(said, body={key: value for key, value in said.body.items() if key != "hits"})


def _node(one: nodes.Node, said: Said | None) -> Node:
    """What the agent says itself is newer than what its FalcoNode says."""
    body = said.body if said else {}
    lag, lost, alerts = body.get("lag_s"), body.get("lost"), body.get("alerts")
    return Node(
        name=one.name,
        version=one.said.version,
        ready={"True": True, "False": False}.get(one.ready),
        lost=_lost(lost) if isinstance(lost, Mapping) else one.said.lost,
        lag_s=float(lag) if isinstance(lag, int | float) and 0 <= lag < LONGEST_S else None,
        weaker=(*_weaker(one), *_forgotten(body)),
        alerts=alerts if is_number(alerts) else one.said.alerts,
    )


def _weaker(one: nodes.Node) -> Sequence[str]:
    """Sentences of conditions that do not hold, or hold in part."""
    return [
        str(said.get("message", ""))[: WORD * 2]
        for said in one.conditions
        if said.get("type") != nodes.READY and (said.get("status") != "True" or said.get("reason") == WEAKER)
    ]


def _forgotten(body: Mapping[str, Any]) -> Sequence[str]:
    """What the agent says of rules whose alerts an hour it does not count any more."""
    words = body.get("forgotten")
    return [words[: WORD * 2]] if isinstance(words, str) and words else []


def _lost(said: Mapping[str, Any]) -> Mapping[str, int]:
    known = [(key[:WORD], number) for key, number in said.items() if is_number(number) and number]
    return dict(known[:REASONS])


def _number(of: object, key: str) -> int:
    value = of.get(key) if isinstance(of, Mapping) else None
    return value if is_number(value) else 0
