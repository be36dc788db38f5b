# SPDX-License-Identifier: Apache-2.0
"""Programs of one object that several threads load are those that libbpf would load, on the same maps."""

from __future__ import annotations

import ctypes
import os
import pathlib
import re
import threading
import time
from collections.abc import Iterator

import pytest

from lanner_agent.kernel import libbpf, loader, optional_programs, syscall_bpf, verifying
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.loader import Loaded
from lanner_agent.kernel.loading import OBJECT

MAPS_MOST = 100
WAYS = {
    "by threads": ({0, 1}, True),
    "one after the other": ({0}, True),
    "by an older libbpf": ({0, 1}, False),
}


def known_of(program: int) -> tuple[object, ...]:
    """What the kernel knows of a program; its tag stands for its instructions."""
    info = syscall_bpf.program_info(program)
    sizes = info.xlated_prog_len, info.verified_insns
    return info.type, bytes(info.name), bytes(info.tag), *sizes


def number_of(map_fd: int) -> int:
    """The kernel's, of a map."""
    (found,) = re.findall(r"^map_id:\s*(\d+)$", pathlib.Path(f"/proc/self/fdinfo/{map_fd}").read_text(), re.M)
    return int(found)


def used_by(program: int) -> set[int]:
    """The numbers of the maps that a program uses."""
    numbers = (ctypes.c_uint32 * MAPS_MOST)()
    info = syscall_bpf.ProgramInfo(nr_map_ids=MAPS_MOST, map_ids=ctypes.addressof(numbers))
    length = ctypes.c_uint32(ctypes.sizeof(info))
    asked = libbpf.library().bpf_obj_get_info_by_fd(program, ctypes.byref(info), ctypes.byref(length))
    assert asked == 0
    return set(numbers[: info.nr_map_ids])


@pytest.fixture(params=WAYS)
def loaded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loaded]:
    cpus, prepares = WAYS[request.param]
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: cpus)
    monkeypatch.setattr(libbpf, "prepares", lambda: prepares)
    made, _ = loader.load(OBJECT, optional_programs.available())
    yield made
    made.close()


def test_every_program_is_loaded_and_all_use_the_maps_that_are_known(loaded: Loaded) -> None:
    chosen = optional_programs.available().programs
    needed = {"process_exec", "process_fork", "process_exit", "syscall_exit", "syscall_enter", "task_scan"}
    assert needed | chosen <= loaded.programs.keys()
    assert len(set(loaded.programs.values())) == len(loaded.programs)
    known = {number_of(fd) for fd in loaded.maps.values()}
    used = {name: used_by(fd) for name, fd in loaded.programs.items()}
    assert all(numbers <= known for numbers in used.values())
    assert number_of(loaded.maps["rings"]) in used["process_exec"] & used["syscall_exit"]


def test_they_are_the_programs_that_libbpf_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    known = []
    for cpus, prepares in WAYS.values():
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid, cpus=cpus: cpus)
        monkeypatch.setattr(libbpf, "prepares", lambda prepares=prepares: prepares)
        made, _ = loader.load(OBJECT, optional_programs.available())
        known.append({name: known_of(fd) for name, fd in made.programs.items()})
        made.close()
    assert known[0] == known[1] == known[2]
    assert all(bytes(8) != tag for _, _, tag, *_ in known[0].values())


def test_programs_of_a_kind_that_threads_do_not_load_are_loaded_by_libbpf(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    monkeypatch.setattr(verifying, "_TARGETS", {})
    made, _ = loader.load(OBJECT)
    assert {"process_exec", "syscall_exit", "task_scan"} <= made.programs.keys()
    made.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_is_loaded_can_be_attached_and_taken_off(loaded: Loaded) -> None:
    for name in ("process_exec", "syscall_exit"):
        assert loaded.attach(name) >= 0
    assert loaded.attached == {"process_exec", "syscall_exit"}
    loaded.detach("process_exec")
    assert loaded.attached == {"syscall_exit"}


def test_a_refusal_says_why_and_leaves_nothing_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(KernelError, match="refused the programs: "):
        Loaded(OBJECT.read_bytes(), frozenset({"request_begins", "request_begins_6"}))
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_thread_that_cannot_be_started_leaves_nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one still comes to what the second was to do."""
    start = threading.Thread.start
    started: list[threading.Thread] = []

    def refuse(thread: threading.Thread) -> None:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    def offer(_name: str) -> int:
        time.sleep(0.05)
        return os.open("/dev/null", os.O_RDONLY)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(BlockingIOError):
        verifying._all(offer, ("one", "two", "three"), 4)
    assert os.listdir("/proc/self/fd") == before
