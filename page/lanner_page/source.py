# SPDX-License-Identifier: Apache-2.0
"""What the page shows, as data, and where it comes from.

Times are nanoseconds since the epoch. Texts are as the JSON output has them: valid UTF-8, secrets hidden, of
bounded length; they are no markup and may look like it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

MOST_ALERTS: Final = 1_000  # of one answer
HOURS: Final = 24  # of hits


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `id`: its uuid; `priority`: Falco's name; `tactics`: of its tags, without `mitre_`.

    `namespace`, `workload` and `pod` are "" on the host. `text` is the output, `body` the whole JSON alert:
    output_fields, tags and all else. `object`: the key of the rule's object, "" for rules files.
    """

    id: str
    at_ns: int
    node: str
    rule: str
    priority: str
    namespace: str
    workload: str
    pod: str
    tactics: tuple[str, ...]
    text: str
    body: Mapping[str, Any]
    object: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which alerts; "" and None ask for all.

    `priority`: this one and the more severe. `text`: a part of the output or of a field's value, in any case
    of letters. `before_ns`: older than this. `limit`: at most MOST_ALERTS. The others are compared whole.
    """

    namespace: str = ""
    workload: str = ""
    pod: str = ""
    rule: str = ""
    priority: str = ""
    tactic: str = ""
    text: str = ""
    before_ns: int | None = None
    limit: int = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """`alerts`: newest first. `missing`: sentences about nodes that did not answer, or alerts that were there
    and are not kept any more."""

    alerts: tuple[Alert, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missed:
    """So many alerts did not reach this reader, who was too slow."""

    number: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an alert fired: `place` is where the rule stands, `condition` its text; `lines` are the engine's,
    as `lanner explain` prints them below its head: each part's outcome, its text, the values it asked for.

    `fits` False: the values of the alert do not make the rule of now true.
    """

    fits: bool
    place: str
    condition: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """`object`: the resource or file that holds it. `namespace`: "" for the cluster's own.

    `loaded` of `of` nodes have it in force. `hits`: alerts in each of the last hours, the newest last, at
    most HOURS. `cost`: the engine's estimate of what asking all of its condition costs, where one look at a
    number is 1; no time is taken of single rules, since they share what they ask.
    """

    name: str
    object: str
    namespace: str
    priority: str
    tags: tuple[str, ...]
    condition: str
    output: str
    loaded: int
    of: int
    hits: tuple[int, ...] = ()
    last_hit_ns: int | None = None
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """`ready` None: nothing was heard. `lost`: by cause, since the agent started. `lag_s`: from an event to
    its evaluation. `weaker`: sentences on what is seen less there. `alerts`: since the agent started."""

    name: str
    version: str
    ready: bool | None
    lost: Mapping[str, int] = field(default_factory=dict)
    lag_s: float | None = None
    weaker: tuple[str, ...] = ()
    alerts: int = 0


@dataclass(frozen=True, slots=True)
class Propagation:
    """How the last change of the rules reached the nodes: `done` of `nodes` have it; seconds from the change
    to the moment when a node had it in force, and the slowest nodes with theirs."""

    bundle: str
    changed_at_ns: int
    nodes: int
    done: int
    p50_s: float | None = None
    p99_s: float | None = None
    slowest: tuple[tuple[str, float], ...] = ()


class Source(Protocol):
    """Answers within seconds, from memory, bounded in number and bytes. What lacks is said, never raised."""

    async def alerts(self, asked: Filter) -> Answer: ...

    def follow(self) -> AsyncIterator[Alert | Missed]:
        """Every alert from now on. The reader closes it (`aclose`) when it has seen enough."""
        ...

    async def alert(self, id: str) -> Alert | None:
        """None: no alert has the id, or it is not kept any more."""
        ...

    async def around(self, alert: Alert) -> Sequence[Alert]:
        """Of the same pod, on the host of the same node: the minute around, oldest first, without itself."""
        ...

    async def explained(self, alert: Alert) -> Explanation | None:
        """None: the rule is not there any more."""
        ...

    async def rules(self) -> Sequence[Rule]: ...

    async def nodes(self) -> Sequence[Node]: ...

    async def propagation(self) -> Propagation | None:
        """None: nothing was changed since there is a program that would know it."""
        ...
