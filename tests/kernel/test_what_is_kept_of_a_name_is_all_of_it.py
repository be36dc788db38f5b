# SPDX-License-Identifier: Apache-2.0
"""A name that finds no room, or room for a part of it alone, is not kept: the event has the name that the
process gave, the counter says so, and nothing of the name stays behind.
"""

from __future__ import annotations

import os
import pathlib
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lanner_agent.kernel import syscall_bpf
from lanner_engine.ast import FieldRef
from lanner_engine.fields.reading import reader
from tests.kernel.calling import AT_FDCWD, call
from tests.kernel.conftest import Watch

pytestmark = pytest.mark.each_kernel

ENTRIES = 16384  # of the map of names
BLOCK = 4 + 436
GIVEN = 1  # block of what the process writes
RESOLVED = 4  # blocks of where that is
KEY = struct.Struct("QII")


@contextmanager
def room_for(watch: Watch, blocks: int) -> Iterator[None]:
    """As many names of others are kept as leave no more."""
    fd, count = watch.probes.map_fd("names"), ENTRIES - blocks
    keys = [KEY.pack(1 << 63 | number, 0, 0) for number in range(count)]
    assert syscall_bpf.map_update_all(fd, b"".join(keys), bytes(count * BLOCK), count) == count
    try:
        yield
        found, _ = syscall_bpf.map_items(fd, KEY.size, BLOCK)
        assert sorted(KEY.iter_unpack(found)) == sorted(map(KEY.unpack, keys))
    finally:
        for key in keys:
            syscall_bpf.map_delete(fd, key)


def unsure(watch: Watch) -> int:
    reason = "name as the process had it at the end"
    return sum(one.value for one in watch.probes.totals() if one.reason == reason)


@pytest.mark.parametrize("room", [0, GIVEN + 2, GIVEN + RESOLVED])
def test_with_room_for_so_many_blocks(followed: Watch, tmp_path: pathlib.Path, room: int) -> None:
    folder = tmp_path.joinpath(*(["n" * 200] * 7))
    folder.mkdir(parents=True)
    file = os.fsencode(folder / "file")
    assert (len(file) - 1) // (BLOCK - 4) + 1 == RESOLVED
    (folder / "file").touch()

    def work() -> None:
        os.chdir(folder)
        assert call("unlinkat", AT_FDCWD, b"file", 0) == 0

    before = unsure(followed)
    with followed.wanting("unlinkat"), room_for(followed, room):
        (event,) = followed.of(work, "unlinkat")
    assert event.raw_arguments["name"] == b"file"
    assert reader(FieldRef("fs.path.name", None))(event) == file
    assert unsure(followed) - before == (room < GIVEN + RESOLVED)
