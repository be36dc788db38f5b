# SPDX-License-Identifier: Apache-2.0
"""Tenants: the cluster's rules and one namespace's, asked one after the other.

The namespace is that of the event's resolved pod: who has none, or is not resolved, is asked the cluster's
rules only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lanner_engine.fields.model import Event
from lanner_engine.program.rule import CheckedRule

Matches = tuple[CheckedRule, ...]
Match = Callable[[Event], Matches]

NOTHING: Matches = ()


def combined(cluster: Match | None, tenants: Mapping[bytes, Match]) -> Match:
    """One function for both; `tenants` by namespace."""
    find = tenants.get

    def own(event: Event) -> Matches:
        match = find(event.container.pod_namespace or b"")
        return NOTHING if match is None else match(event)

    if cluster is None:
        return own
    first = cluster

    def both(event: Event) -> Matches:
        match = find(event.container.pod_namespace or b"")
        return first(event) if match is None else first(event) + match(event)

    return both
