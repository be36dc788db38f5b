# SPDX-License-Identifier: Apache-2.0
"""Which taints are removed, when a node is looked at, and what becomes of a refusal."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_operator.reconcile.startup_taint import AT_ONCE, KEY, Agent, StartupTaint, removal

OURS = {"key": KEY, "effect": "NoSchedule"}
OTHER = {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}


class Server:
    """Nodes that are all alike; every request is noted. `refusal` is of all, or of those named `refused`."""

    def __init__(self, *taints: dict[str, Any]) -> None:
        self.taints = list(taints)
        self.asked: list[str] = []
        self.refusal: ApiError | None = None
        self.refused: tuple[str, ...] = ()

    async def request(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        self.asked.append(f"{method} {path}")
        if self.refusal is not None and (not self.refused or path.endswith(self.refused)):
            raise self.refusal
        if method == "PATCH":
            assert more["body"][1]["op"] == "remove"
            self.taints = [one for one in self.taints if one["key"] != KEY]
        return {"spec": {"taints": self.taints} if self.taints else {}}


def task_of(server: Server, agents: dict[str, Agent], said: list[str] | None = None) -> StartupTaint:
    """That was there before the agents came."""
    made = StartupTaint(cast("Api", server), lambda: agents, (said if said is not None else []).append)
    made._before = {}
    return made


def test_our_taints_are_removed_if_the_list_is_still_the_same() -> None:
    assert removal([]) == removal([OTHER]) == []
    steps = removal([OURS, OTHER, {**OURS, "effect": "NoExecute"}])
    assert [(one["op"], one["path"]) for one in steps] == [
        ("test", "/spec/taints/2"),
        ("remove", "/spec/taints/2"),
        ("test", "/spec/taints/0"),
        ("remove", "/spec/taints/0"),
    ]
    assert steps[2]["value"] == OURS


def test_a_node_is_looked_at_once_for_each_agent() -> None:
    server, agents, said = Server(OTHER, OURS), {"n1": Agent("agent-a", "10:00", True)}, list[str]()
    task = task_of(server, agents, said)
    for _ in range(2):
        asyncio.run(task._round())
    assert server.asked == ["GET /api/v1/nodes/n1", "PATCH /api/v1/nodes/n1"]
    assert server.taints == [OTHER]
    assert said == [f"node n1: its agent watches, the taint {KEY} is removed"]
    agents["n1"] = Agent("agent-b", "10:01", True)
    asyncio.run(task._round())
    assert server.asked[2:] == ["GET /api/v1/nodes/n1"]


@pytest.mark.parametrize("status", [403, 422])
def test_a_refusal_is_said_once_and_tried_again(status: int) -> None:
    server, said = Server(OURS), list[str]()
    task = task_of(server, {"n1": Agent("a", "10:00", True)}, said)
    server.refusal = ApiError(status, "Forbidden", "no", None, "/api/v1/nodes/n1")
    for _ in range(3):
        assert asyncio.run(task._round()) > 0
    assert len(said) == 1
    assert "startup taints cannot be removed" in said[0]
    server.refusal = None
    asyncio.run(task._round())
    assert server.taints == []


def test_a_node_that_is_gone_is_no_trouble() -> None:
    server, said = Server(OURS), list[str]()
    server.refusal = ApiError(404, "NotFound", "no such node", None, "/api/v1/nodes/n1")
    asyncio.run(task_of(server, {"n1": Agent("a", "10:00", True)}, said)._round())
    assert said == []


def test_a_lease_from_before_the_operator_counts_when_it_is_renewed() -> None:
    server, agents = Server(OURS), {"n1": Agent("gone", "10:00", True)}
    task = StartupTaint(cast("Api", server), lambda: agents, print)
    for _ in range(2):
        asyncio.run(task._round())
    assert server.taints == [OURS], "the node may be registered anew, and its agent of before be gone"
    agents["n2"] = Agent("new", "10:05", True)
    asyncio.run(task._round())
    assert server.asked == ["GET /api/v1/nodes/n2", "PATCH /api/v1/nodes/n2"], "it came while we looked"
    agents["n1"] = Agent("gone", "10:06", True)
    asyncio.run(task._round())
    assert "GET /api/v1/nodes/n1" in server.asked


def test_an_agent_whose_rules_are_not_in_force_opens_no_node() -> None:
    server, agents = Server(OURS), {"n1": Agent("a", "10:00", False)}
    task = task_of(server, agents)
    asyncio.run(task._round())
    assert server.asked == []
    agents["n1"] = Agent("a", "10:00", True)
    asyncio.run(task._round())
    assert server.taints == []


def test_nodes_that_are_refused_hold_up_no_others() -> None:
    server = Server(OURS)
    bad, good = [f"bad{number}" for number in range(AT_ONCE)], "good"
    server.refused = tuple(bad)
    server.refusal = ApiError(403, "Forbidden", "not this one", None, "/api/v1/nodes/bad0")
    task = task_of(server, {name: Agent("a", "10:00", True) for name in (*bad, good)})
    for _ in range(2):
        asyncio.run(task._round())
    assert "PATCH /api/v1/nodes/good" in server.asked
