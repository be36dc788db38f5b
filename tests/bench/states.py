# SPDX-License-Identifier: Apache-2.0
"""What may be attached while work is timed, from nothing to every open recorded."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lanner_agent.kernel.loader import Loaded
from lanner_agent.kernel.probes import Probes

HERE = Path(__file__).parent
AT_SYSCALL_EXIT = "on_sys_exit"
EVERYWHERE = (AT_SYSCALL_EXIT, "on_fork", "on_exec", "on_exit")
CLANG = os.environ.get("CLANG", "clang-19")


@dataclass(slots=True)
class Seen:
    """Records of the work that hold its path, and whole events lost by what and why."""

    records: int = 0
    lost: dict[str, int] = field(default_factory=dict)


State = Callable[[], AbstractContextManager[Seen]]


def compile_empty(folder: Path) -> Path:
    """empty.bpf.c as an object in `folder`."""
    compiled = folder / "empty.bpf.o"
    include = f"-I/usr/include/{os.uname().machine}-linux-gnu"
    command = [CLANG, "-O2", "-g", "-target", "bpf", include, "-c", str(HERE / "empty.bpf.c"), "-o"]
    subprocess.run([*command, compiled], check=True)
    return compiled


@contextmanager
def nothing() -> Iterator[Seen]:
    """The kernel as it is."""
    yield Seen()


@contextmanager
def empty(compiled: Path, programs: Sequence[str] = (AT_SYSCALL_EXIT,)) -> Iterator[Seen]:
    """Programs that do nothing: at the end of every system call, or wherever Lanner has one."""
    loaded = Loaded(compiled.read_bytes())
    try:
        for name in programs:
            loaded.attach(name)
        yield Seen()
    finally:
        loaded.close()


@contextmanager
def lanner(event_types: frozenset[str], path: bytes) -> Iterator[Seen]:
    """Lanner's probes reporting these events, and a thread that takes the records as the agent does."""
    probes = Probes.load()
    seen, stop = Seen(), threading.Event()
    reader = threading.Thread(target=_read, args=(probes, path, seen, stop))
    try:
        probes.subscribe(event_types, event_types)
        probes.scan()
        reader.start()
        yield seen
    finally:
        stop.set()
        reader.join()
        seen.lost = {f"{c.event_class}, {c.reason}": c.value for c in probes.counters() if c.lost}
        probes.close()


def _read(probes: Probes, path: bytes, seen: Seen, stop: threading.Event) -> None:
    """Until `stop`, and then until the rings are empty."""
    while probes.wait(0.1) or not stop.is_set():
        seen.records += sum(path in bytes(record) for record in probes.drain())
