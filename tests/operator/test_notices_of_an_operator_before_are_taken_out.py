# SPDX-License-Identifier: Apache-2.0
"""What an operator before left of sessions in pods goes, also where the API server was away at the start."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from lanner_apiserver.client import Api
from lanner_apiserver.errors import Unreachable
from lanner_engine.resources import exec_notice
from lanner_operator.admission import outbox
from lanner_operator.admission.outbox import Outbox
from tests.operator.made import HERE


class Server:
    """Has one ConfigMap, and does not answer the first listing."""

    def __init__(self) -> None:
        self.left = {"before": "x"}
        self.listed = 0

    async def request(self, method: str, path: str, body: Any = None, **_: Any) -> dict[str, Any]:
        if method == "GET":
            self.listed += 1
            if self.listed == 1:
                raise Unreachable("no answer in time", path)
        if method == "PATCH":
            self.left = {name: one for name, one in self.left.items() if name not in body["binaryData"]}
        one = {"metadata": {"name": "lanner-exec-n", "resourceVersion": "1"}, "binaryData": self.left}
        return {**one, "items": [one]}


def test_they_are_looked_for_until_the_api_server_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "LOOK_S", 0.01)
    monkeypatch.setattr(exec_notice, "LIFE_S", 0.0)
    server = Server()
    out = Outbox(cast("Api", server), HERE, lambda _: "", lambda _: None)

    async def scene() -> None:
        task = asyncio.create_task(out.run())
        async with asyncio.timeout(30.0):
            while server.left:
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scene())
    assert server.listed == 2
