# SPDX-License-Identifier: Apache-2.0
"""A cgroup for the tests and what they start: the kernel reports nothing of the processes outside.

So a test sees what it asked for, whatever runs beside it; neither rings nor memory fill with others' events.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lanner_agent.kernel import tables

NAMES: Final = {number: name for name, number in tables.HIERARCHIES.items()}
HIERARCHY: Final = NAMES.get(tables.hierarchy(), "")  # cgroup v2 has no name
ROOT: Final = Path("/sys/fs/cgroup", HIERARCHY)
PATIENCE_S: Final = 5.0  # for processes that have ended and are not gone yet


@contextmanager
def entered() -> Iterator[Path]:
    """This process is in a new cgroup meanwhile, and so is every process that it makes."""
    home, own = ROOT / _path().lstrip("/"), ROOT / f"lanner-test-{os.getpid()}"
    own.mkdir()
    (own / "cgroup.procs").write_text("0")
    try:
        yield own
    finally:
        (home / "cgroup.procs").write_text("0")
        left_empty(own)


def is_alone() -> bool:
    """Whether this process is the only one in its cgroup that has not ended."""
    listed = (ROOT / _path().lstrip("/") / "cgroup.procs").read_text()
    return listed.split() == [str(os.getpid())]


def _path() -> str:
    """Of this process, in the hierarchy that the probes look at."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if HIERARCHY in controllers.split(","):
            return path
    raise LookupError(f"no cgroup of {HIERARCHY or 'v2'} in /proc/self/cgroup")


def left_empty(own: Path) -> None:
    """Remove it once its last process is gone."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            own.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
