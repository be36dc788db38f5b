# SPDX-License-Identifier: Apache-2.0
"""Asks the judging process (reconcile/worker), starts it when it is needed and ends it when it is not.

A process that ends, or says that it has no room, condemns the question and not the operator. After a while
without questions it is ended: what judging took of the memory is the machine's again.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import sys
from typing import Final

from lanner_operator.reconcile.worker import LENGTH, Question, Reply

IDLE_S: Final = 20.0
COMMAND: Final = (sys.executable, "-c", "from lanner_operator.reconcile import worker; worker.main()")


class Judges:
    """One process, one question at a time."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._idle: asyncio.TimerHandle | None = None

    async def ask(self, question: Question) -> Reply:
        """Never raises for what the question holds."""
        self._stop_timer()
        try:
            return await self._asked(question)
        except (OSError, asyncio.IncompleteReadError, EOFError, pickle.UnpicklingError) as error:
            self.end()
            return Reply(
                problem=f"judging the objects ended the process that did it ({type(error).__name__})"
            )
        except BaseException:
            self.end()  # in the middle of an answer
            raise
        finally:
            self._idle = asyncio.get_running_loop().call_later(IDLE_S, self.end)

    def end(self) -> None:
        """The process is started again by the next question."""
        self._stop_timer()
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    async def close(self) -> None:
        """The same, and the process is gone."""
        process = self._process
        self.end()
        if process is not None:
            await process.wait()

    async def _asked(self, question: Question) -> Reply:
        process = await self._started()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018
        content = pickle.dumps(question, pickle.HIGHEST_PROTOCOL)
        process.stdin.write(LENGTH.pack(len(content)) + content)
        await process.stdin.drain()
        (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
        reply = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301  our own process
        assert isinstance(reply, Reply)  # noqa: S101
        return reply

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            pipe = asyncio.subprocess.PIPE
            self._process = await asyncio.create_subprocess_exec(*COMMAND, stdin=pipe, stdout=pipe)
        return self._process

    def _stop_timer(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
