# SPDX-License-Identifier: Apache-2.0
"""Everything a reconciliation looks at, taken at one moment; and where it comes from. Made by handlers/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.bundle.stored import Stored
from lanner_operator.status.node import Node


@dataclass(frozen=True, slots=True)
class WatchedRule:
    """A rule object and the status it has."""

    object: RuleObject
    status: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Observed:
    """`leases` are the JSON of the install namespace's, `hears` says whether they are watched at this moment;
    `desired` None when there is no DaemonSet.
    """

    rules: tuple[WatchedRule, ...]
    nodes: tuple[Node, ...]
    leases: tuple[Mapping[str, Any], ...]
    desired: int | None
    stored: Stored
    hears: bool = True


class View(Protocol):
    """What is watched, as it is known at this moment."""

    async def observe(self) -> Observed | None:
        """None while a first listing is still to come: nobody acts on a part of the rules."""

    async def confirm(self) -> Observed | None:
        """The same after asking the API server for all rule objects anew. Raises ApiError."""
