# SPDX-License-Identifier: Apache-2.0
"""What the agent says of its own work -> an Event about its node, and the request that makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.publish.events import body, names, regarding
from lanner_apiserver.client import Api


@dataclass(frozen=True, slots=True)
class Statement:
    """`note` is at most note.MAX_LENGTH long."""

    reason: str
    action: str
    note: str
    type: str = "Warning"
    annotations: Mapping[str, str] = field(default_factory=dict)


def event(said: Statement, name: str, node: NodeIdentity, time_ns: int) -> dict[str, Any]:
    """`name` is one of identity's; the same twice is one Event."""
    about = regarding.of_node(node)
    return {
        "metadata": {
            "name": name,
            "namespace": about.namespace,
            "labels": {"lanner.dev/node": names.label_value(node.name)},
            "annotations": dict(said.annotations),
        },
        "type": said.type,
        "reason": said.reason,
        "action": said.action,
        "note": said.note,
    } | body.envelope(about, node, time_ns)


async def create(api: Api, made: dict[str, Any]) -> None:
    """Raises ApiError."""
    path = f"/apis/events.k8s.io/v1/namespaces/{made['metadata']['namespace']}/events"
    await api.request("POST", path, body=made, query={"fieldManager": "lanner-agent"})
