# SPDX-License-Identifier: Apache-2.0
"""In the guest: load the project's own object, do a few things, print what was recorded. Run by init.sh.

In: PYTHONPATH with lanner_agent and lanner_engine. Out: lines on stdout, `DID {...}` for what was done and
`SAW {...}` for each event of the processes that did it, or `REFUSED text` when the kernel cannot run the object.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from lanner_agent.decode.event import Event
from lanner_agent.kernel import errors, probes

CGROUP = Path("/sys/fs/cgroup/lanner.slice/guest.scope")
UID, GID = 1234, 2345
WAIT_S = 5


def say(kind: str, **facts: object) -> None:
    """One line for the host; bytes as the characters of the same numbers."""
    print(kind, json.dumps(facts, default=lambda value: value.decode("latin-1")), flush=True)


def in_child(name: str, work: Callable[[], None]) -> int:
    """Run `work` in a process of its own, in CGROUP; its pid."""
    pid = os.fork()
    if pid == 0:
        (CGROUP / "cgroup.procs").write_text("0")
        try:
            work()
        finally:
            os._exit(1)
    os.waitpid(pid, 0)
    say("DID", what=name, pid=pid, ppid=os.getpid())
    return pid


def execute() -> None:
    """An exec with an argument that holds a newline, as another user."""
    os.setgid(GID)
    os.setuid(UID)
    os.execv("/usr/bin/true", ["not-true", "one", "two\nlines"])  # noqa: S606 (no shell is the point)


def open_files() -> None:
    """One open through a link and dots, one that creates, one that fails."""
    os.chdir("/tmp")
    os.symlink("/etc/ld.so.conf.d/../../etc/guest-file", "link")
    os.open("../tmp/link", os.O_RDONLY | os.O_CLOEXEC)
    os.open("made", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    try:
        os.open("/nowhere/at/all", os.O_RDWR)
    except FileNotFoundError:
        os._exit(0)


def events(kernel: probes.Probes) -> Iterator[Event]:
    """Everything the ring holds until it has been quiet for a moment."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        batch = list(kernel.drain())
        yield from batch
        if not batch:
            time.sleep(0.2)


def ancestry(process: facts.Process) -> list[bytes]:
    """The names of the ancestors, the parent first."""
    names, above = [], process.parent
    while above is not None:
        names.append(above.comm)
        above = above.parent
    return names


PROCESS = (
    *("pid", "vpid", "tid", "ppid", "comm", "exe", "exepath", "args", "uid", "gid", "loginuid", "tty", "sid"),
    *("pgid", "exe_flags", "cgroup", "cap_effective", "start"),
)
DESCRIPTOR = ("num", "typechar", "name", "nameraw")
EVENT = ("type", "result", "open_read", "open_write", "open_create", "time")


def seen(event: facts.Event) -> dict[str, object]:
    """What the host asserts on."""
    process, fd = event.process, event.fd
    return {
        **{name: getattr(event, name) for name in EVENT},
        **{name: getattr(process, name) for name in PROCESS},
        "ancestors": ancestry(process),
        "arguments": dict(event.arguments),
        "fd": fd and {name: getattr(fd, name) for name in DESCRIPTOR},
    }


def main() -> int:
    try:
        kernel = probes.Probes.load()
    except errors.KernelError as refusal:
        say("REFUSED", text=str(refusal))
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
