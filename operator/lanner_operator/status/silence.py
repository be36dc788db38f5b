# SPDX-License-Identifier: Apache-2.0
"""A FalcoNode whose agent is silent -> the patch after which it claims nothing any more. Pure.

What an agent said last stays true only as long as the agent lives: a node that is dead, or whose agent cannot
stay up, would else be Ready for ever. The agent says everything anew as soon as it has renewed its Lease.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lanner_operator.status.node import READY, Node

REASON: Final = "AgentSilent"
NOT_KNOWN: Final = "LeasesNotWatched"
UNKNOWN: Final = "Unknown"


def is_told(node: Node) -> bool:
    """Its FalcoNode says so already."""
    return _says(node, REASON)


def patch(node: Node, since: str, now: str) -> dict[str, Any] | None:
    """A merge patch of the status; None when it claims nothing. `since`: the last renewal of its Lease.

    The version keeps it from overwriting what the agent says in the same moment.
    """
    if node.ready in ("", UNKNOWN) and not _says(node, NOT_KNOWN):
        return None
    heard = f"since {since}" if since else "yet"
    message = f"no sign of life of its agent {heard}: what it said before may not be so any more"
    return _patch(node, REASON, message, now)


def not_known(node: Node, now: str) -> dict[str, Any] | None:
    """The same where agents may live, unheard."""
    if node.ready in ("", UNKNOWN):
        return None
    message = "the operator may not watch the agents' Leases: whether this agent lives is not known"
    return _patch(node, NOT_KNOWN, message, now)


def _says(node: Node, reason: str) -> bool:
    ready = (one for one in node.conditions if one.get("type") == READY)
    return any(one.get("status") == UNKNOWN and one.get("reason") == reason for one in ready)


def _patch(node: Node, reason: str, message: str, now: str) -> dict[str, Any]:
    conditions = [_unknown(one, reason, message, now) for one in node.conditions]
    meta = {"uid": node.uid, "resourceVersion": node.version}
    return {"metadata": meta, "status": {"conditions": conditions}}


def _unknown(before: Mapping[str, Any], reason: str, message: str, now: str) -> dict[str, Any]:
    same = before.get("status") == UNKNOWN
    flipped = before.get("lastTransitionTime", now) if same else now
    said = {"status": UNKNOWN, "reason": reason, "message": message, "lastTransitionTime": flipped}
    return {**before, **said}
