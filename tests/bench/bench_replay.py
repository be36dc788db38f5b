# SPDX-License-Identifier: Apache-2.0
"""How many records of a recording a replay reads in a second of a processor's time: those that no rule wants,
those of which one rule asks some questions, and those that the public and the default rules are asked about.
No figure is asserted.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import pytest

from lanner_agent.app import replaying
from lanner_agent.policy import defaults
from lanner_agent.policy.files import load
from lanner_agent.recording.frames import MAGIC, Packer
from lanner_agent.recording.items import Batch
from lanner_engine.codegen.compile import Program
from tests.agent.decode import records
from tests.agent.events import rules
from tests.agent.recording.made import HEADER
from tests.bench import agents, figures
from tests.bench.conftest import Tell
from tests.bench.sizes import sized
from tests.story import public_rules

pytestmark = pytest.mark.timeout(300)

NUMBER: Final = sized(200_000, 20_000)
TIMES: Final = sized(3, 1)
BATCH: Final = 500
PATHS: Final = (
    b"/etc/hostname",
    b"/usr/lib/x86_64-linux-gnu/libc.so.6",
    b"/proc/self/status",
    b"/var/log/syslog",
)
ASKED: Final = (
    "evt.type in (open, openat) and evt.is_open_read = true and fd.name = /etc/nowhere and proc.pname = sshd"
)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Opens by twenty processes, each with a parent and strings of its own."""
    made = [_opened(pid, path) for pid in range(20) for path in PATHS]
    batches = (
        Batch(at, at, [made[(at + number) % len(made)] for number in range(BATCH)])
        for at in range(0, NUMBER, BATCH)
    )
    file = tmp_path / "recording"
    file.write_bytes(MAGIC + Packer().frames([HEADER, *batches]))
    return file


def _opened(pid: int, path: bytes) -> bytes:
    args = b"worker\0--number\0%d\0" % pid
    facts = {"pid": pid, "tid": pid, "exec": pid, "exepath": b"/usr/bin/worker", "cgroup": b"/system.slice/a"}
    made = records.Builder("openat", result=3, time=1).process(comm=b"worker", args=args, **facts)
    made.lineage({"pid": 1, "exec": 1, "level": 1, "comm": b"systemd"})
    made.head(own=len(made.data))
    return made.union(records.OPEN, path=path, raw=path).bytes()


def rate(recording: Path, program: Program) -> float:
    """Records a second, the best of several rounds."""
    least = float("inf")
    for _ in range(TIMES):
        began = time.process_time()
        replaying.run([recording], program, lambda alert: None, lambda note: None)
        least = min(least, time.process_time() - began)
    return NUMBER / least


def test_records_a_second(recording: Path, tell: Tell) -> None:
    programs = {
        "that no rule wants": rules.compiled(rules.text("Other", "evt.type = reboot")),
        "that one rule asks about": rules.compiled(rules.text("Asked", ASKED)),
        agents.PUBLIC: load.compiled(load.check((public_rules.path(),))),
        agents.DEFAULT: load.compiled(load.check((defaults.directory(),))),
    }
    found = {what: round(rate(recording, program)) for what, program in programs.items()}
    for what, number in found.items():
        tell(f"replay: {number:,} records a second: {what}")
    figures.keep("replay", {"a_second": found, "records": NUMBER})
