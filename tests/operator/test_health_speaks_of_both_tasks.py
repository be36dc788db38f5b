# SPDX-License-Identifier: Apache-2.0
"""A task that tells of silent agents and stands still, or cannot write, is seen as one that reconciles is."""

from __future__ import annotations

import asyncio
import os
import socket
import time

from lanner_apiserver import door
from lanner_operator.apiserver.contacts import Contacts
from lanner_operator.handlers import health as pages
from lanner_operator.handlers.health import Health
from lanner_operator.reconcile.heartbeat import Heartbeat


def health(reconcile: Heartbeat, roll: Heartbeat) -> Health:
    made = Health(Contacts(print))
    made.heartbeat, made.roll = reconcile, roll
    return made


def test_a_roll_that_is_not_called_is_unhealthy() -> None:
    now = time.monotonic()
    assert health(Heartbeat(now, 1), Heartbeat(now)).unhealthy() == []
    late = health(Heartbeat(now, 1), Heartbeat(now - 181))
    assert late.unhealthy() == ["the roll of the agents has not been called for three minutes"]


def test_what_either_cannot_write_makes_it_unready() -> None:
    now = time.monotonic()
    both = health(Heartbeat(now, 1, "/a: Forbidden\nmore"), Heartbeat(now, 1, "/b: Forbidden"))
    assert both.unready() == ["/a: Forbidden", "/b: Forbidden"]
    assert both.unhealthy() == []
    assert health(Heartbeat(now, 1), Heartbeat(now, 1)).unready() == []


def test_it_is_served_while_others_connect_and_say_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    async def story() -> tuple[int, str]:
        async with pages.serve(Health(Contacts(print)), port):
            before = len(os.listdir("/proc/self/fd"))
            silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(door.CONNECTIONS * 2)]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = (await reader.read()).decode()
            ours = len(os.listdir("/proc/self/fd")) - before - len(silent)
            for _, one in (*silent, (reader, writer)):
                one.close()
            return ours, answer

    ours, answer = asyncio.run(story())
    assert ours <= door.CONNECTIONS + 1  # and the end that asks
    assert answer.startswith("HTTP/1.1 200")
