# SPDX-License-Identifier: Apache-2.0
"""In the guest, where systemd is the first process: a program runs in every cgroup of placements.py.

Run by guest.service. In: PYTHONPATH with the agent and the engine. Out: `SYSTEMD {...}` once, then
`UNIT {...}` for each program that was recorded: the record's cgroup and the container that it names.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from lanner_agent.kernel import ancestry
from lanner_agent.kernel.probes import Probes
from tests.kernels.guest import records
from tests.kernels.guest.placements import PLACEMENTS, Placement

STARTED_S = 300.0
UNITS = Path("/run/systemd/system")
SCRIPT = str(Path(__file__).with_name("place.sh"))
GATE = "/run/gate"  # a pipe, opened for writing when the agent watches
PROGRAM = b"/usr/bin/true"


def command(one: Placement) -> list[str]:
    """What runs in the unit: it goes below where that is asked, then becomes PROGRAM with the path."""
    return ["/busybox", "sh", SCRIPT, one.below, one.cgroup, GATE if one.before else "/dev/null"]


def in_scope(one: Placement) -> subprocess.Popen[bytes]:
    """systemd-run puts itself into the scope, then becomes the command."""
    options = ["--quiet", "--scope", f"--slice={one.slice}", f"--unit={one.unit}", "-pDelegate=yes"]
    return subprocess.Popen(["/usr/bin/systemd-run", *options, *command(one)])


def in_services(these: Sequence[Placement]) -> subprocess.Popen[bytes]:
    """Units of these names, started by systemd itself."""
    UNITS.mkdir(parents=True, exist_ok=True)
    for one in these:
        (UNITS / one.unit).write_text(
            "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nDelegate=yes\nStandardOutput=null\n"
            f"Slice={one.slice}\nExecStart={' '.join(command(one))}\n"
        )
    systemctl = "/usr/bin/systemctl"
    subprocess.run([systemctl, "daemon-reload"], check=True)
    return subprocess.Popen([systemctl, "start", *(one.unit for one in these)])


def running(one: Placement, process: subprocess.Popen[bytes]) -> None:
    """Wait until it is where it shall be."""
    end = time.monotonic() + STARTED_S
    while Path(f"/proc/{process.pid}/cgroup").read_text() != f"0::{one.cgroup}\n":
        if time.monotonic() > end:
            raise TimeoutError(one.cgroup)
        time.sleep(0.05)


def watched() -> Probes:
    """Loaded, for execs, and told of what runs."""
    kernel = Probes.load()
    kernel.subscribe(frozenset({"execve"}), frozenset(), {"execve": ancestry.EVERYTHING})
    kernel.scan()
    return kernel


def start() -> list[subprocess.Popen[bytes]]:
    """All that is not there yet, at once."""
    scopes = [one for one in PLACEMENTS if one.unit.endswith(".scope") and not one.before]
    services = [one for one in PLACEMENTS if one.unit.endswith(".service")]
    return [*map(in_scope, scopes), in_services(services)]


def main() -> None:
    """Place, watch, place, print."""
    version = subprocess.run(["/usr/bin/systemctl", "--version"], capture_output=True, check=True).stdout
    records.say("SYSTEMD", version=version.split(b" (")[0], first=Path("/proc/1/comm").read_text().strip())
    os.mkfifo(GATE)
    before = {one: in_scope(one) for one in PLACEMENTS if one.before}
    for one, process in before.items():
        running(one, process)
    kernel = watched()
    started = start()
    Path(GATE).write_text("go\n" * len(before))
    for process in (*started, *before.values()):
        if process.wait(STARTED_S):
            raise RuntimeError(f"{process.args!r}: exit status {process.returncode}")
    for event in records.of(kernel):
        if event.process.exepath == PROGRAM and event.process.args:
            records.say_unit(event)


if __name__ == "__main__":
    main()
