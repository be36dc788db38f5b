# SPDX-License-Identifier: Apache-2.0
"""One folder per run, so that runs side by side do not meet and a crashed run leaves a trail to clean up by.

    /run/lanner-test/NUMBER/    owner (pid and start time of the run), containerd.pid, pods, root, state, ...

NUMBER is also the run's subnet (10.213.NUMBER.0/24) and bridge (lanner-NUMBER). Short, because a socket's
path has 107 bytes. Clusters have the same below a parent of their own.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PARENT = Path("/run/lanner-test")
RUNS_AT_ONCE = 250


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of one run and the names that go with it."""

    number: int
    parent: Path = PARENT

    @property
    def folder(self) -> Path:
        return self.parent / str(self.number)

    @property
    def bridge(self) -> str:
        return f"lanner-{self.number}"

    @property
    def subnet(self) -> str:
        return f"10.213.{self.number}.0/24"

    def abandoned(self) -> bool:
        """True when the process that took it is gone."""
        try:
            pid, start = (self.folder / "owner").read_text().split()
        except (OSError, ValueError):
            return True
        return _start(int(pid)) != start

    def adopt(self) -> None:
        """This process looks after it from now on. Call with the lock held."""
        (self.folder / "owner").write_text(f"{os.getpid()} {_start(os.getpid())}")


@contextmanager
def locked(parent: Path = PARENT) -> Iterator[None]:
    """One run at a time takes, sweeps or removes. The last one out removes the parent."""
    handle = _lock(parent)
    try:
        yield
    finally:
        with suppress(OSError):  # others have folders here
            parent.rmdir()
        os.close(handle)


def _lock(parent: Path) -> int:
    """The parent may be removed between opening and locking it: then it is another, and we start over."""
    while True:
        parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(parent, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(handle, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), parent.stat()):
                return handle
        os.close(handle)


def take(parent: Path = PARENT) -> Workspace:
    """A new folder, owned by this process. Call with the lock held."""
    for number in range(1, RUNS_AT_ONCE):
        found = Workspace(number, parent)
        if not found.folder.exists():
            found.folder.mkdir(mode=0o700)
            found.adopt()
            return found
    raise RuntimeError(f"{RUNS_AT_ONCE} runs at once below {parent}: are they all alive?")


def existing(parent: Path = PARENT) -> list[Workspace]:
    """Every run's folder, alive or not."""
    if not parent.exists():
        return []
    return [Workspace(int(path.name), parent) for path in sorted(parent.iterdir()) if path.name.isdigit()]


def _start(pid: int) -> str | None:
    """Start time of a process in ticks, None when there is none: a pid alone may have been given anew."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return None
