# SPDX-License-Identifier: Apache-2.0
"""One thread with an asyncio loop for everything that talks to the cluster, beside the thread that watches.

Each task runs until it is cancelled. One that ends by an unforeseen error is told about and started
again: nothing there may end the detection, nor the other tasks.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from lanner_agent.pipeline import failure
from lanner_agent.publish import escape

RESTART_S: Final = 10.0

Task = Callable[[], Awaitable[None]]


class Tasks:
    """`failed` counts the errors by task and place."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.failed: Counter[str] = Counter()
        self._say = say
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._thread: threading.Thread | None = None

    def start(self, tasks: Mapping[str, Task], last: Task) -> None:
        """`last` runs when all tasks have ended."""
        run = lambda: self._loop.run_until_complete(self._run(tasks, last))  # noqa: E731
        self._thread = threading.Thread(target=run, name="lanner-cluster", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """Cancels every task and waits for the end of the thread; False when that takes too long."""
        if self._thread is None:
            self._loop.close()
            return True
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            return False
        self._loop.close()
        return True

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Calls it in the thread, once; not any more when the tasks have ended."""
        self._loop.call_soon_threadsafe(self._loop.call_later, seconds, call)

    async def _run(self, tasks: Mapping[str, Task], last: Task) -> None:
        running = [asyncio.create_task(self._kept(name, task), name=name) for name, task in tasks.items()]
        await self._ended.wait()
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await last()

    async def _kept(self, name: str, task: Task) -> None:
        while True:
            try:
                await task()
                return
            except Exception as error:  # an ExceptionGroup of a task group too
                self._tell(name, error)
            await asyncio.sleep(RESTART_S)

    def _tell(self, name: str, error: Exception) -> None:
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        place = f"{name}: {failure.place(error)}"
        self.failed[place] += 1
        if self.failed[place] == 1:
            self._say(
                f"a task failed and is started again, please report this: {place}: {escape.shown(str(error))}"
            )
