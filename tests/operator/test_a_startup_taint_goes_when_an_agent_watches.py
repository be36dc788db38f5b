# SPDX-License-Identifier: Apache-2.0
"""Which taints are removed, when a node is looked at, and what becomes of a refusal."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_operator.reconcile.startup_taint import KEY, StartupTaint, removal

OURS = {"key": KEY, "effect": "NoSchedule"}
OTHER = {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}


class Server:
    """One node; every request is noted."""

    def __init__(self, *taints: dict[str, Any]) -> None:
        self.taints = list(taints)
        self.asked: list[str] = []
        self.refusal: ApiError | None = None

    async def request(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        self.asked.append(f"{method} {path}")
        if self.refusal is not None:
            raise self.refusal
        if method == "PATCH":
            assert more["body"][1]["op"] == "remove"
            self.taints = [one for one in self.taints if one["key"] != KEY]
        return {"spec": {"taints": self.taints} if self.taints else {}}


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
    server, ready, said = Server(OTHER, OURS), {"n1": "agent-a"}, list[str]()
    task = StartupTaint(cast("Api", server), lambda: ready, said.append)
    for _ in range(2):
        asyncio.run(task._round())
    assert server.asked == ["GET /api/v1/nodes/n1", "PATCH /api/v1/nodes/n1"]
    assert server.taints == [OTHER]
    assert said == [f"node n1: its agent watches, the taint {KEY} is removed"]
    ready["n1"] = "agent-b"
    asyncio.run(task._round())
    assert server.asked[2:] == ["GET /api/v1/nodes/n1"]


@pytest.mark.parametrize("status", [403, 422])
def test_a_refusal_is_said_once_and_tried_again(status: int) -> None:
    server, said = Server(OURS), list[str]()
    task = StartupTaint(cast("Api", server), lambda: {"n1": "a"}, said.append)
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
    asyncio.run(StartupTaint(cast("Api", server), lambda: {"n1": "a"}, said.append)._round())
    assert said == []
