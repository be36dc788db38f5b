# SPDX-License-Identifier: Apache-2.0
"""bpf(2) on the running kernel: maps, per-CPU values, iterators and what is known of programs."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from lanner_agent.kernel import syscall_bpf
from lanner_agent.kernel.errors import KernelError
from tests.kernel import ring_programs
from tests.kernel.ring_programs import Programs

pytestmark = pytest.mark.each_kernel


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    programs = ring_programs.load(tmp_path_factory.mktemp("bpf"))
    yield programs
    programs.loaded.close()


@pytest.fixture
def table() -> Iterator[int]:
    if os.geteuid() != 0:
        pytest.skip("creating BPF maps needs root")
    fd = syscall_bpf.map_create(syscall_bpf.HASH, 4, 5, 3, name=b"a_name_longer_than_15")
    yield fd
    os.close(fd)


def test_a_value_comes_back_until_it_is_deleted(table: int) -> None:
    assert syscall_bpf.map_lookup(table, b"key1", 5) is None
    syscall_bpf.map_update(table, b"key1", b"a\0b\0\0")
    assert syscall_bpf.map_lookup(table, b"key1", 5) == b"a\0b\0\0"
    assert syscall_bpf.map_delete(table, b"key1")
    assert not syscall_bpf.map_delete(table, b"key1")
    assert syscall_bpf.map_lookup(table, b"key1", 5) is None


def test_every_key_is_listed_once(table: int) -> None:
    assert list(syscall_bpf.map_keys(table, 4)) == []
    keys = [b"key1", b"\0\0\0\0", b"\xff\0\xff\0"]
    for key in keys:
        syscall_bpf.map_update(table, key, bytes(5))
    assert sorted(syscall_bpf.map_keys(table, 4)) == sorted(keys)


@pytest.mark.parametrize("batch", [1, 256])
def test_every_item_is_read_once_whatever_a_bucket_holds(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscall_bpf, "_BATCH", batch)
    fd = syscall_bpf.map_create(syscall_bpf.HASH, 4, 8, 2000)
    assert syscall_bpf.map_items(fd, 4, 8) == (b"", b"")
    values = {struct.pack("=I", one): struct.pack("=Q", one << 32) for one in range(2000)}
    for key, value in values.items():
        syscall_bpf.map_update(fd, key, value)
    keys, found = syscall_bpf.map_items(fd, 4, 8)
    split = [keys[at : at + 4] for at in range(0, len(keys), 4)]
    assert len(split) == len(values)
    assert dict(zip(split, (found[at : at + 8] for at in range(0, len(found), 8)), strict=True)) == values
    os.close(fd)


def test_flags_of_an_update_are_the_kernels(table: int) -> None:
    with pytest.raises(KernelError, match="ENOENT"):
        syscall_bpf.map_update(table, b"key1", bytes(5), syscall_bpf.EXIST)
    syscall_bpf.map_update(table, b"key1", bytes(5), syscall_bpf.NOEXIST)
    with pytest.raises(KernelError, match="EEXIST"):
        syscall_bpf.map_update(table, b"key1", bytes(5), syscall_bpf.NOEXIST)


def test_a_full_map_says_so(table: int) -> None:
    for key in (b"key1", b"key2", b"key3"):
        syscall_bpf.map_update(table, key, bytes(5))
    with pytest.raises(KernelError) as full:
        syscall_bpf.map_update(table, b"key4", bytes(5))
    assert full.value.errno == errno.E2BIG
    assert str(full.value) == "cannot write to a BPF map: Argument list too long (E2BIG)"


def test_each_entry_is_summed_over_all_cpus() -> None:
    fd = syscall_bpf.map_create(syscall_bpf.PERCPU_ARRAY, 4, 8, 3)
    cpus = range(1, syscall_bpf.possible_cpus() + 1)
    for entry in (0, 2):
        values = (struct.pack("=Q", (entry << 40) + cpu) for cpu in cpus)
        syscall_bpf.map_update(fd, struct.pack("=I", entry), b"".join(values))
    assert syscall_bpf.map_totals(fd, 3) == [sum(cpus), 0, (2 << 40) * len(cpus) + sum(cpus)]
    os.close(fd)


def test_programs_count_on_the_cpu_they_run_on(programs: Programs) -> None:
    (before,) = syscall_bpf.map_totals(programs.map("seen"), 1)
    programs.discard()
    assert syscall_bpf.map_totals(programs.map("seen"), 1) == [before + 1]


def test_as_many_cpus_are_possible_as_the_kernel_says() -> None:
    ranges = Path("/sys/devices/system/cpu/possible").read_text().split(",")
    ends = [(part.split("-")[0], part.split("-")[-1]) for part in ranges]
    assert syscall_bpf.possible_cpus() == sum(int(last) - int(first) + 1 for first, last in ends)


def test_a_loaded_program_is_known_to_the_kernel(programs: Programs) -> None:
    info = syscall_bpf.program_info(programs.loaded.programs["on_sys_exit"])
    assert bytes(info.name) == b"on_sys_exit"
    assert info.type == 26  # BPF_PROG_TYPE_TRACING
    assert info.created_by_uid == os.getuid()
    assert info.id > 0
    assert info.xlated_prog_len % 8 == 0
    assert 0 < info.verified_insns < 1000


def test_an_iterator_runs_over_every_thread(programs: Programs) -> None:
    link = programs.loaded.attach("on_task")
    for _ in range(2):
        run = syscall_bpf.iter_create(link)
        with open(run, "rb") as tasks:
            assert f"{os.getpid()}\n".encode() in tasks.readlines()
    programs.loaded.detach("on_task")


def test_only_iterators_can_be_run(programs: Programs) -> None:
    with pytest.raises(KernelError, match="EINVAL"):
        syscall_bpf.iter_create(programs.loaded.attach("on_sys_exit"))
    with pytest.raises(KernelError, match="EBADF"):
        syscall_bpf.iter_create(-1)


def test_an_error_is_one_line_whatever_it_names() -> None:
    error = KernelError("cannot load \x1b[2J\nx\u2028y", errno.EPERM, "run as root")
    assert str(error) == ("cannot load \\x1b[2J\\nx\\u2028y: Operation not permitted (EPERM); run as root")
    assert str(KernelError("no such thing")) == "no such thing"
