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
UNKNOWN: Final = "Unknown"


def told(node: Node) -> bool:
    """Its FalcoNode says so already."""
    ready = (one for one in node.conditions if one.get("type") == READY)
    return any(one.get("status") == UNKNOWN and one.get("reason") == REASON for one in ready)


def patch(node: Node, since: str, now: str) -> dict[str, Any] | None:
    """A merge patch of the status; None when it claims nothing. `since`: the last renewal of its Lease.

    The version keeps it from overwriting what the agent says in the same moment.
    """
    if node.ready in ("", UNKNOWN):
        return None
    heard = f"since {since}" if since else "yet"
    message = f"no sign of life of its agent {heard}: what it said before may not be so any more"
    conditions = [_unknown(one, message, now) for one in node.conditions]
    meta = {"uid": node.uid, "resourceVersion": node.version}
    return {"metadata": meta, "status": {"conditions": conditions}}


def _unknown(before: Mapping[str, Any], message: str, now: str) -> dict[str, Any]:
    same = before.get("status") == UNKNOWN
    flipped = before.get("lastTransitionTime", now) if same else now
    said = {"status": UNKNOWN, "reason": REASON, "message": message, "lastTransitionTime": flipped}
    return {**before, **said}
