# SPDX-License-Identifier: Apache-2.0
"""Makes an agent lose events: it is stopped for a moment, and more opens are done than any ring can hold."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from lanner_agent.kernel import room

PATH_BYTES = 4000  # a record holds it as given and as opened
PART = "long" * 50


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Nothing is read from the rings meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def opens(folder: pathlib.Path) -> int:
    """Opens one file with a long path, for twice the bytes that all rings of this machine have; how often."""
    rings = room.here()
    times = 2 * rings.rings * rings.size // (2 * PATH_BYTES)
    path = _long_path(folder)
    for _ in range(times):
        os.close(os.open(path, os.O_RDONLY))
    shutil.rmtree(folder / PART)
    return times


def _long_path(folder: pathlib.Path) -> bytes:
    path = folder
    while len(os.fsencode(path)) + len(PART) + 1 < PATH_BYTES:
        path /= PART
    path.mkdir(parents=True)
    file = path / ("f" * (PATH_BYTES - len(os.fsencode(path)) - 1))
    file.touch()
    return os.fsencode(file)
