# SPDX-License-Identifier: Apache-2.0
"""Asks the judging process (reconcile/worker), starts it when it is needed and ends it when it is not.

When the process ends, takes too long, or runs out of memory, the question is refused and the operator goes
on; where earlier questions may have had a share in that, a fresh process is asked once more. An idle process
is ended after a while, which gives its memory back.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import sys
import time
from typing import Final

from lanner_operator.reconcile.worker import LENGTH, ROOM, Question, Reply

WORKER_IDLE_S: Final = 20.0
MAX_ANSWER_S: Final = 50.0  # for one answer; steps bound it on any but a very slow machine
COMMAND: Final = (
    sys.executable,
    "-c",
    "import sys; from lanner_operator.reconcile import worker; worker.main(int(sys.argv[1]))",
)  # and the room


class Judges:
    """One process, one question at a time. `room`: bytes of data that the process may have; `again`: whether
    a question that ended it is asked once more.
    """

    def __init__(
        self,
        longest_s: float = MAX_ANSWER_S,
        *,
        room: int = ROOM,
        again: bool = True,
        idle_s: float = WORKER_IDLE_S,
    ) -> None:
        self._longest_s = longest_s
        self._idle_s = idle_s
        self._room = room
        self._again = again
        self._process: asyncio.subprocess.Process | None = None
        self._idle: asyncio.TimerHandle | None = None

    @property
    def runs(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and self._process.returncode is None

    async def ask(self, question: Question, longest_s: float | None = None) -> Reply:
        """Never raises for what the question holds. `longest_s`: of this question, where it is another."""
        longest_s = self._longest_s if longest_s is None else longest_s
        try:
            content = pickle.dumps(question, pickle.HIGHEST_PROTOCOL)
        except (RecursionError, ValueError, MemoryError, pickle.PicklingError) as error:
            return Reply(problem=f"the objects cannot be handed over to be judged ({type(error).__name__})")
        self._stop_timer()
        fresh = self._process is None
        began = time.monotonic()
        reply = await self._answer(content, longest_s)
        if reply.problem and self._again and not fresh and time.monotonic() - began < longest_s:
            await self.close()
            reply = await self._answer(content, longest_s)
        return reply

    async def _answer(self, question: bytes, longest_s: float) -> Reply:
        try:
            async with asyncio.timeout(longest_s):
                return await self._asked(question)
        except TimeoutError:
            await self.close()
            return Reply(problem=f"judging the objects takes more than {longest_s:g} s")
        except (OSError, asyncio.IncompleteReadError, EOFError, pickle.UnpicklingError) as error:
            await self.close()
            return Reply(
                problem=f"judging the objects ended the process that did it ({type(error).__name__})"
            )
        except BaseException:
            await self.close()  # in the middle of an answer
            raise
        finally:
            self._idle = asyncio.get_running_loop().call_later(self._idle_s, self.end)

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

    async def _asked(self, question: bytes) -> Reply:
        process = await self._started()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018
        process.stdin.write(LENGTH.pack(len(question)) + question)
        await process.stdin.drain()
        (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
        reply = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301  our own process
        assert isinstance(reply, Reply)  # noqa: S101
        return reply

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            pipe = asyncio.subprocess.PIPE
            command = (*COMMAND, str(self._room))
            self._process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
        return self._process

    def _stop_timer(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
