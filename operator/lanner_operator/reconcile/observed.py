# SPDX-License-Identifier: Apache-2.0
"""Everything a reconciliation looks at, taken at one moment; and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.bundle.stored import Stored
from lanner_operator.status.node import Node


@dataclass(frozen=True, slots=True)
class WatchedRule:
    """A rule object and the status it has. `end`: when its try is over; None where it is no try."""

    object: RuleObject
    status: Mapping[str, Any] = field(repr=False)
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """`desired` is None when there is no DaemonSet. `unplaced`: how many further objects have no place, by
    namespace.
    """

    rules: tuple[WatchedRule, ...]
    nodes: tuple[Node, ...]
    desired: int | None
    stored: Stored
    unplaced: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """The FalcoNodes and the Leases of the install namespace, as JSON. `hears`: these are watched at this
    moment; `missed`: the API server was away since the last time.
    """

    nodes: tuple[Node, ...]
    leases: tuple[Mapping[str, Any], ...]
    hears: bool
    missed: bool


class View(Protocol):
    """What is watched, as it is known at this moment."""

    async def observe(self) -> Observed | None:
        """None while a first listing is still to come, since no round may act on a part of the rules."""

    async def confirm(self) -> Observed | None:
        """The same after asking the API server for all rule objects anew. Raises ApiError."""

    def hear(self) -> Heard | None:
        """What is known of agents; None while a first listing of FalcoNodes is still to come."""

    async def list_leases(self) -> tuple[Mapping[str, Any], ...]:
        """As the API server has them now, without the watch. Raises ApiError."""
