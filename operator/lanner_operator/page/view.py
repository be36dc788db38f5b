# SPDX-License-Identifier: Apache-2.0
"""What the page asks of what the operator watches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from lanner_operator.bundle.stored import Stored
from lanner_operator.status.node import Node


class PageView(Protocol):
    """As it is known at this moment; empty while it is not listed yet."""

    def lease_of(self, node: str) -> Mapping[str, Any]:
        """Of the node's agent."""
        ...

    def leased(self) -> Sequence[str]:
        """The nodes whose agents hold a Lease."""
        ...

    def falco_nodes(self) -> Sequence[Node]: ...

    def stored(self) -> Stored | None:
        """The bundle in force, as the ConfigMaps have it."""
        ...

    def statuses(self) -> Mapping[str, Mapping[str, Any]]:
        """Of each rule object, by its key."""
        ...
