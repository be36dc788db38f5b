# SPDX-License-Identifier: Apache-2.0
"""Rings are as large as the CPUs that fill them want and the memory allows."""

from __future__ import annotations

import pathlib

import pytest

from lanner_agent.kernel import requirements, room
from lanner_agent.kernel.room import Room

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


@pytest.mark.parametrize(
    ("cpus", "memory", "expected"),
    [
        (1, 24 * GIB, Room(1, 16 * MIB, 1, 4 * MIB)),
        (2, 24 * GIB, Room(1, 16 * MIB, 2, 4 * MIB)),
        (3, 24 * GIB, Room(2, 16 * MIB, 2, 4 * MIB)),
        (128, 24 * GIB, Room(64, 16 * MIB, 2, 4 * MIB)),
        (256, 24 * GIB, Room(64, 16 * MIB, 4, 4 * MIB)),
        (2, 512 * MIB, Room(1, 16 * MIB, 2, 4 * MIB)),
        (8, 512 * MIB, Room(4, 8 * MIB, 2, 4 * MIB)),
        (128, 512 * MIB, Room(60, MIB, 3, 4 * MIB)),
        (128, 128 * MIB, Room(14, MIB, 10, 2 * MIB)),
        (128, 4 * MIB, Room(1, 256 * KIB, 128, 64 * KIB)),
    ],
)
def test_the_room_of_a_machine(cpus: int, memory: int, expected: Room) -> None:
    made = room.room(cpus, memory)
    assert made == expected
    assert sum(made.sizes) <= memory // room.SHARE
    assert made.sizes == (made.life, *[made.size] * made.rings)


def test_the_tightest_memory_limit_on_the_way_up_counts(tmp_path: pathlib.Path) -> None:
    proc = tmp_path / "cgroup"
    proc.write_text("5:cpu:/elsewhere\n0::/kubepods/pod1/own\n")
    (tmp_path / "kubepods/pod1/own").mkdir(parents=True)
    (tmp_path / "kubepods/pod1/own/memory.max").write_text("max\n")
    (tmp_path / "kubepods/pod1/memory.max").write_text(f"{300 * MIB}\n")
    (tmp_path / "kubepods/memory.max").write_text(f"{500 * MIB}\n")
    assert room.memory(proc, tmp_path) == 300 * MIB


def test_the_limit_of_cgroup_v1_counts(tmp_path: pathlib.Path) -> None:
    proc = tmp_path / "cgroup"
    proc.write_text("9:name=systemd:/x\n4:cpuset,memory:/docker/own\n0::/\n")
    (tmp_path / "memory/docker/own").mkdir(parents=True)
    (tmp_path / "memory/docker/own/memory.limit_in_bytes").write_text(f"{200 * MIB}\n")
    assert room.memory(proc, tmp_path) == 200 * MIB


def test_without_a_limit_the_machine_counts(tmp_path: pathlib.Path) -> None:
    assert room.memory(tmp_path / "none", tmp_path) > 64 * MIB


def test_doctor_says_how_long_a_burst_is_held() -> None:
    (found,) = (one for one in requirements.check() if one.name == "rings")
    made = room.here()
    assert found.met
    assert found.detail == str(made)
    held = made.size // room.USUAL_BYTES / room.BURST
    assert f"of {made.size / MIB:g} MiB for calls, each for {made.cpus} CPUs" in found.detail
    assert found.detail.endswith(f"of {room.USUAL_BYTES} bytes each, is held for {held:.2g} s")
