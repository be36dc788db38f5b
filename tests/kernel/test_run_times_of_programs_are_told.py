# SPDX-License-Identifier: Apache-2.0
"""How long programs ran, while the kernel counts that."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from lanner_agent.kernel.probes import Probes
from tests.kernel.conftest import Watch

SWITCH = pathlib.Path("/proc/sys/kernel/bpf_stats_enabled")
READS = 500


@pytest.fixture
def counting() -> Iterator[None]:
    before = SWITCH.read_text()
    SWITCH.write_text("1")
    yield
    SWITCH.write_text(before)


def runs(probes: Probes) -> int:
    return {one.program: one.times for one in probes.run_times()}.get("syscall_exit", 0)


def opened() -> None:
    for _ in range(READS):
        pathlib.Path("/etc/hostname").read_bytes()


@pytest.mark.usefixtures("counting")
def test_a_program_that_runs_is_told_with_its_time(watch: Watch, probes: Probes) -> None:
    with watch.wanting("openat"):
        before = runs(probes)
        opened()
        assert runs(probes) >= before + READS
    (found,) = [one for one in probes.run_times() if one.program == "syscall_exit"]
    assert 1e-8 < found.seconds / found.times < 1e-3
