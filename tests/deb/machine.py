# SPDX-License-Identifier: Apache-2.0
"""A machine that is this one's files under an overlay, with systemd as its first process: what is installed
and started there leaves no trace here.

It has namespaces of its own for processes, mounts, names and cgroups, and shares the kernel, of which it can
set nothing, and the network. No timer of this machine runs there.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FIRST = "/lib/systemd/systemd"
START_S = 60
PATIENCE_S = 120.0  # for what comes: an agent loads its programs when it is started anew
ENTER = """
echo $$ >$1/cgroup.procs &&
exec setpriv --pdeathsig KILL \\
  unshare --pid --mount --cgroup --uts --ipc --fork --kill-child bash -c "$2" bash "$3"
"""
# The overlay's own layer is in memory: one overlay cannot lie on another, as a machine's root may be.
BEGIN = f"""
set -e
scratch=$1
mount --make-rprivate /
mount -t tmpfs tmpfs $scratch
mkdir $scratch/above $scratch/work $scratch/root
mount -t overlay overlay -o lowerdir=/,upperdir=$scratch/above,workdir=$scratch/work $scratch/root
cd $scratch/root
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  touch dev/$device
  mount --bind /dev/$device dev/$device
done
mkdir dev/pts
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mkdir -p run/lock dev/shm run/systemd/system
ln -s /dev/null run/systemd/system/timers.target
rm -f usr/sbin/policy-rc.d
pivot_root . mnt
cd /
umount -l /mnt
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin {FIRST} --unit=basic.target
"""


class Machine:
    """`root` shows its files from outside, for as long as it runs."""

    def __init__(self, first: int) -> None:
        self._first = first
        self.root = Path(f"/proc/{first}/root")

    def run(self, *command: str, check: bool = True) -> str:
        """What a command there wrote, both of its streams. AssertionError with it when it fails."""
        inside = ("nsenter", "--all", f"--target={self._first}", "env", "-i")
        settings = ("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
        done = subprocess.run(
            [*inside, *settings, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, f"{' '.join(command)}: {done.returncode}\n{done.stdout}"
        return done.stdout

    def property(self, unit: str, name: str) -> str:
        """As `systemctl show` has it."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()

    def until(self, unit: str, name: str, value: str, timeout_s: float = PATIENCE_S) -> None:
        """Waits for a property."""
        end = time.monotonic() + timeout_s
        while (now := self.property(unit, name)) != value:
            assert time.monotonic() < end, f"{unit}: {name} is {now}, not {value}"
            time.sleep(0.1)


@contextmanager
def booted(scratch: Path) -> Iterator[Machine]:
    """Needs root, and systemd among this machine's packages. `scratch` is an empty folder."""
    with _cgroup() as cgroup:
        process = subprocess.Popen(
            ["bash", "-c", ENTER, "bash", cgroup, BEGIN, scratch],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            machine = Machine(_first(process))
            machine.until("basic.target", "ActiveState", "active", START_S)
            yield machine
        finally:
            process.kill()  # and with it the namespace's first process, and with that every other
            process.communicate()


def _first(process: subprocess.Popen[str]) -> int:
    """The first process of the new namespace, once it is systemd and takes orders."""
    end = time.monotonic() + START_S
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"systemd did not start: {process.stderr.read() if process.stderr else ''}")
        for child in children.read_text().split():
            if Path(f"/proc/{child}/root/run/systemd/private").exists():
                return int(child)
        time.sleep(0.05)
    raise RuntimeError("systemd does not answer")


@contextmanager
def _cgroup() -> Iterator[Path]:
    """One of its own, removed with all that is below it."""
    mounts = [line.split()[1:3] for line in Path("/proc/self/mounts").read_text().splitlines()]
    whole = next(Path(place) for place, kind in mounts if kind == "cgroup2")
    own = whole / f"lanner-deb-{os.getpid()}"
    own.mkdir()
    try:
        yield own
    finally:
        _remove(own)


def _remove(cgroup: Path) -> None:
    """Processes that were killed leave a moment later."""
    end = time.monotonic() + 10
    folders = [*sorted((path for path in cgroup.rglob("*") if path.is_dir()), reverse=True), cgroup]
    for folder in folders:
        while True:
            try:
                folder.rmdir()
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
