# SPDX-License-Identifier: Apache-2.0
"""The health port is open to whoever reaches the pod; descriptors are what an agent needs to watch."""

from __future__ import annotations

import asyncio
import os
import socket

from lanner_agent.report.health import Health
from lanner_apiserver import door


async def asked(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    try:
        return (await asyncio.wait_for(reader.read(), 5)).decode()
    finally:
        writer.close()


async def until_open(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


def test_it_answers_while_others_connect_and_say_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    async def story() -> tuple[int, list[str]]:
        task = asyncio.create_task(Health(port, lambda: "", lambda: "blind", print).run())
        await until_open(port)
        before = len(os.listdir("/proc/self/fd"))
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(door.CONNECTIONS * 2)]
        answers = [await asked(port, "/healthz"), await asked(port, "/readyz")]  # after all the others
        ours = len(os.listdir("/proc/self/fd")) - before - len(silent)
        for _, writer in silent:
            writer.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return ours, answers

    ours, (alive, ready) = asyncio.run(story())
    assert ours <= door.CONNECTIONS
    assert alive.startswith("HTTP/1.1 200")
    assert ready.startswith("HTTP/1.1 503")
    assert ready.endswith("blind\n")
