# SPDX-License-Identifier: Apache-2.0
"""Programs with as many arguments as the kernel side keeps, which wait in a cgroup until they may end."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lanner_agent.kernel.record_layout import ARGS_MAX
from tests.kernel.pods import start

_COMMAND: Final = ("sh", "-c", "read never")
LONG_BLOCKS: Final = 2  # that are taken of one's arguments


@contextmanager
def sleeping(pod: pathlib.Path, count: int) -> Iterator[list[int]]:
    """So many, all of which have begun; when this is left they have ended."""
    stdin, never = os.pipe()
    said, say = os.pipe()

    def work() -> None:
        os.close(never)
        pids = _begun(count, stdin)
        os.write(say, b" ".join(b"%d" % pid for pid in pids) + b"\n")
        for pid in pids:
            os.waitpid(pid, 0)

    maker = start(pod, work)
    os.close(stdin)
    os.close(say)
    try:
        with open(said, "rb") as line:
            yield [int(pid) for pid in line.readline().split()]
    finally:
        os.close(never)
        os.waitpid(maker, 0)


def _begun(count: int, stdin: int) -> list[int]:
    filler = "x" * (ARGS_MAX - sum(len(word) + 1 for word in _COMMAND) - 1)
    actions = [(os.POSIX_SPAWN_DUP2, stdin, 0)]
    return [os.posix_spawn("/bin/sh", [*_COMMAND, filler], {}, file_actions=actions) for _ in range(count)]
