# SPDX-License-Identifier: Apache-2.0
"""Runs kopf's tasks for as long as all goes well, and ends them when it does not.

kopf's own way to end waits for tasks that lose their cancellation now and then, and then for ever: a watch
that is told to end and to begin anew at the same moment hears only one of it. Here they are told until they
have heard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

import aiohttp
import kopf
from kopf._core.reactor.inventory import ResourceMemories, ResourceMemory

CANCEL_EVERY_S: Final = 0.2
PATIENCE: Final = 100  # times
# For kopf's peering, which is off. Without one it asks for the user's name, and the image's user has none.
IDENTITY: Final[Any] = "lanner-operator"
Tasks = set[asyncio.Task[Any]]


class NoMemories(ResourceMemories):
    """kopf remembers 2 KB of each object, for handlers that go on where they were: there are none here."""

    async def recall(self, *arguments: Any, **named: Any) -> ResourceMemory:
        return await super().recall(*arguments, **{**named, "ephemeral": True})


class Sessions:
    """The HTTP sessions that kopf was given: it closes them only when it ends in its own way."""

    def __init__(self, open_one: Callable[[], aiohttp.ClientSession]) -> None:
        self._open = open_one
        self._given: list[aiohttp.ClientSession] = []

    def open(self) -> aiohttp.ClientSession:
        self._given.append(self._open())
        return self._given[-1]

    async def close(self) -> None:
        for session in self._given:
            await session.close()
        self._given.clear()


async def watch(
    registry: kopf.OperatorRegistry, settings: kopf.OperatorSettings, started: Callable[[], None]
) -> None:
    """Never returns; raises what ended a watch. Ends all tasks that are there by then and were not before.

    `started` is called when kopf has begun: it has taken the process's signals.
    """
    ours = asyncio.all_tasks()
    try:
        roots = await kopf.spawn_tasks(
            registry=registry,
            settings=settings,
            memories=NoMemories(),
            clusterwide=True,
            standalone=True,
            identity=IDENTITY,
        )
        started()
        done, _ = await asyncio.wait(roots, return_when=asyncio.FIRST_COMPLETED)
        raise _reason(done)
    finally:
        await _end(ours)


def _reason(done: Iterable[asyncio.Task[Any]]) -> Exception:
    for task in done:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            return error
    return RuntimeError(f"kopf ended its task {next(iter(done)).get_name()}")


async def _end(ours: Tasks) -> None:
    for _ in range(PATIENCE):
        others = asyncio.all_tasks() - ours
        if not others:
            break
        for task in others:
            task.cancel()
        done, _ = await asyncio.wait(others, timeout=CANCEL_EVERY_S)
        for task in done:
            if not task.cancelled():
                task.exception()  # it was looked at, so asyncio does not complain that it was not
