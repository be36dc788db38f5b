# SPDX-License-Identifier: Apache-2.0
"""In the guest: load the project's own object, do a few things, print what was recorded.

Run by init.sh. In: PYTHONPATH with lanner_agent and lanner_engine. Out: LOADED once, `VERIFIED {...}` with
what each program cost the verifier, `DID {...}` for what was done and `SAW {...}` for each event of the
processes that did it; or `REFUSED {...}` when the kernel cannot run the object. In a routine guest, where no
systemd is booted, the cgroups of placements.py are made here: `UNIT {...}` for each.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from lanner_agent.kernel import ancestry
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.probes import Probes
from lanner_engine.fields import model
from tests.kernels.guest import records
from tests.kernels.guest.placements import PLACEMENTS, Placement

CGROUP = Path("/sys/fs/cgroup/lanner.slice/guest.scope")
UID, GID = 1234, 2345
PROGRAM = b"/usr/bin/true"
ROUTINE = "LANNER_ROUTINE" in os.environ

PROCESS = (
    *("pid", "vpid", "tid", "ppid", "comm", "exe", "exepath", "args", "uid", "gid", "loginuid", "tty", "sid"),
    *("pgid", "exe_flags", "cgroup", "cap_effective", "start"),
)
DESCRIPTOR = ("num", "typechar", "name", "nameraw")
EVENT = ("type", "result", "open_read", "open_write", "open_create", "time")


def in_child(what: str, work: Callable[[], None]) -> int:
    """Run `work` in a process of its own, in CGROUP; its pid."""
    pid = os.fork()
    if pid == 0:
        try:
            (CGROUP / "cgroup.procs").write_text("0")
            work()
        finally:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    records.say("DID", what=what, pid=pid, ppid=os.getpid(), status=os.waitstatus_to_exitcode(status))
    return pid


def execute() -> None:
    """An exec as another user, with a name of its own and an argument that holds a newline."""
    os.setgid(GID)
    os.setuid(UID)
    os.execv("/usr/bin/true", ["not-true", "one", "two\nlines"])  # noqa: S606 (no shell is the point)


def execute_copy() -> None:
    """An exec of a file that came after the image."""
    os.execv(shutil.copy("/usr/bin/true", "/tmp/copy"), ["copy"])  # noqa: S606 (the same)


def open_files() -> None:
    """One open through a link and dots, one that creates, one that fails."""
    os.chdir("/tmp")
    Path("/etc/guest-file").touch()
    os.symlink("/usr/../etc/guest-file", "link")
    os.open("../tmp/link", os.O_RDONLY | os.O_CLOEXEC)
    os.open("made", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    try:
        os.open("/nowhere/at/all", os.O_RDWR)
    except FileNotFoundError:
        os._exit(0)


ACTIONS = {"execute": execute, "execute a copy": execute_copy, "open": open_files}


def names_of_ancestors(process: model.Process) -> list[bytes]:
    """The names of the ancestors, the parent first."""
    names, above = [], process.parent
    while above is not None:
        names.append(above.comm)
        above = above.parent
    return names


def seen(event: model.Event) -> dict[str, object]:
    """What the host asserts on."""
    process, fd = event.process, event.fd
    return {
        **{name: getattr(event, name) for name in EVENT},
        **{name: getattr(process, name) for name in PROCESS},
        "ancestors": names_of_ancestors(process),
        "arguments": dict(event.arguments),
        "fd": fd and {name: getattr(fd, name) for name in DESCRIPTOR},
    }


def placed(one: Placement) -> subprocess.Popen[bytes]:
    """A process in this cgroup, which becomes `true CGROUP` when its input ends."""
    path = f"/sys/fs/cgroup{one.cgroup}"
    os.makedirs(path)
    script = f'echo $$ >"{path}/cgroup.procs"; echo; read -r _; exec /usr/bin/true "$0"'
    command = ["/busybox", "sh", "-c", script, one.cgroup]
    made = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert made.stdout is not None
    made.stdout.readline()  # it is there
    return made


def watch(kernel: Probes, before: list[subprocess.Popen[bytes]]) -> None:
    """Do it all, then print what the kernel saw of it."""
    CGROUP.mkdir(parents=True)
    pids = {in_child(what, work) for what, work in ACTIONS.items()}
    for one in [*before, *(placed(one) for one in PLACEMENTS if ROUTINE and not one.before)]:
        one.communicate()
    for event in records.of(kernel):
        if event.process.pid in pids:
            records.say("SAW", **seen(event))
        elif event.type == "execve" and event.process.exepath == PROGRAM:
            records.say_unit(event)


def main() -> int:
    before = [placed(one) for one in PLACEMENTS if ROUTINE and one.before]
    try:
        kernel = Probes.load()
        types = frozenset({"execve", "openat"})
        kernel.subscribe(types, types, dict.fromkeys(types, ancestry.EVERYTHING))
        kernel.scan()
    except KernelError as refusal:
        records.say("REFUSED", text=str(refusal))
        return 0
    records.say("LOADED")
    records.say("VERIFIED", **kernel.verified())
    watch(kernel, before)
    return 0


if __name__ == "__main__":
    sys.exit(main())
