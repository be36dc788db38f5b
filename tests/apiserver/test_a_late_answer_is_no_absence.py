# SPDX-License-Identifier: Apache-2.0
"""A server that took a request and says nothing in time is told from one that is not there."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from lanner_apiserver.client import Api
from lanner_apiserver.errors import Unreachable


def kubeconfig(folder: Path, url: str) -> str:
    path = folder / "it.conf"
    context = {"name": "it", "context": {"cluster": "it", "user": "me"}}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "it",
        "contexts": [context],
        "clusters": [{"name": "it", "cluster": {"server": url}}],
        "users": [{"name": "me", "user": {}}],
    }
    path.write_text(json.dumps(config))
    return str(path)


async def failure(folder: Path, port: int) -> Unreachable:
    api = await Api.connect("lanner-tests", kubeconfig(folder, f"http://127.0.0.1:{port}"))
    try:
        with pytest.raises(Unreachable) as caught:
            await api.request("GET", "/version", timeout_s=0.5)
    finally:
        await api.close()
    return caught.value


def test_silence_after_the_request_is_late_and_a_refused_connection_is_not(tmp_path: Path) -> None:
    async def test() -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        late = await failure(tmp_path, port)
        server.close()
        await server.wait_closed()
        assert (late.late, late.status, late.message) == (True, 0, "no answer in time")
        refused = await failure(tmp_path, port)
        assert (refused.late, refused.status) == (False, 0)

    asyncio.run(test())
