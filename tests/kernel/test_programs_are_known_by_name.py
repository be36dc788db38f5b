# SPDX-License-Identifier: Apache-2.0
"""Each loaded object knows its own maps and programs by their full names, and ends what it began."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from lanner_agent.kernel import libbpf, syscall_bpf
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.loader import Loaded
from tests.kernel import ring_programs

pytestmark = pytest.mark.each_kernel


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Loaded, Loaded]]:
    """The same object twice."""
    loaded = [ring_programs.load(tmp_path_factory.mktemp("bpf")).loaded for _ in range(2)]
    yield loaded[0], loaded[1]
    for one in loaded:
        one.close()


def test_two_objects_do_not_mix(two: tuple[Loaded, Loaded]) -> None:
    first, second = two
    assert first.programs.keys() == second.programs.keys() == {"on_sys_exit", "on_task"}
    assert not {*first.programs.values()} & {*second.programs.values()}
    assert not {*first.maps.values()} & {*second.maps.values()}
    syscall_bpf.map_update(first.maps["settings"], bytes(4), b"a" * 16)
    assert syscall_bpf.map_lookup(second.maps["settings"], bytes(4), 16) == bytes(16)


def test_what_an_object_lacks_is_named(two: tuple[Loaded, Loaded]) -> None:
    with pytest.raises(KernelError, match=r"have no on_nothing: they were built of older sources"):
        two[0].attach("on_nothing")


def test_attaching_twice_is_attaching_once(two: tuple[Loaded, Loaded]) -> None:
    assert two[0].attach("on_task") == two[0].attach("on_task")
    two[0].detach("on_task")
    two[0].detach("on_task")
    assert two[0].attached == {"on_sys_exit"}


def test_closed_means_gone(tmp_path: Path) -> None:
    loaded = ring_programs.load(tmp_path).loaded
    descriptors = [*loaded.programs.values(), *loaded.maps.values(), loaded.attach("on_sys_exit")]
    assert descriptors
    loaded.close()
    loaded.close()
    for one in descriptors:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(one)


def test_numbers_stand_in_libbpf_s_words(tmp_path: Path) -> None:
    """Each machine has its own way to hand over the parameters of a message."""
    pointer = struct.pack("=HBBIIIII III", 0xEB9F, 1, 0, 24, 0, 12, 12, 1, 0, 2 << 24, 99) + b"\0"
    (tmp_path / "types").write_bytes(pointer)
    with libbpf.heard() as said:
        assert libbpf.library().btf__parse(os.fsencode(tmp_path / "types"), None) is None
    assert said == ["libbpf: btf: type [1]: invalid referenced type ID 99"]
