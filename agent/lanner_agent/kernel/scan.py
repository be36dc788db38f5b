# SPDX-License-Identifier: Apache-2.0
"""The processes that ran before the agent: one run of the iterator in bpf/tasks.bpf.c, then their arguments.

The iterator numbers their execs in the kernel; only the arguments, which lie in memory that it may not read,
come from /proc. A process that calls exec meanwhile has a newer number, so that nothing stale can win. Called
by probes, after attaching.
"""

from __future__ import annotations

import os
import pathlib
import struct
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import layout, syscall_bpf
from lanner_agent.kernel.layout import STRING_BYTES

ARGS_MAX: Final = 4096
STRING_ARGS: Final = layout.ENUMS["string_part"]["STRING_ARGS"]
_LINE: Final = layout.compiled("scanned")
_KEY: Final = layout.compiled("string_key")
_BLOCK: Final = layout.compiled("string_block")
_EXEC_FACTS_BYTES: Final = 40
_PROC: Final = pathlib.Path("/proc")


@dataclass(frozen=True, slots=True)
class Maps:
    """Descriptors of the maps `execs` and `strings`."""

    execs: int
    strings: int


def run(maps: Maps) -> int:
    """Scan until a run finds nothing new (a fork of a task not yet visited is found by the next). How many
    processes were found.
    """
    found = 0
    link = syscall_bpf.link_create_iter(syscall_bpf.own_program(b"task_scan"))
    try:
        while lines := _lines(link):
            found += len(lines)
            for exec_number, pid, _ in lines:
                _add_arguments(maps, exec_number, pid)
    finally:
        os.close(link)
    return found


def _lines(link: int) -> list[tuple[int, int, int]]:
    with open(syscall_bpf.iter_create(link), "rb", buffering=0) as lines:
        data = lines.readall()
    return list(_LINE.iter_unpack(data[: len(data) // _LINE.size * _LINE.size]))


def _add_arguments(maps: Maps, exec_number: int, pid: int) -> None:
    try:
        with (_PROC / str(pid) / "cmdline").open("rb") as file:
            args = file.read(ARGS_MAX)
    except OSError:  # gone
        return
    for index in range((len(args) + STRING_BYTES - 1) // STRING_BYTES):
        piece = args[index * STRING_BYTES : (index + 1) * STRING_BYTES]
        syscall_bpf.map_update(
            maps.strings, _KEY.pack(exec_number, STRING_ARGS, index), _BLOCK.pack(len(args), piece)
        )
    if syscall_bpf.map_lookup(maps.execs, struct.pack("=Q", exec_number), _EXEC_FACTS_BYTES) is None:
        _remove_arguments(maps, exec_number)


def _remove_arguments(maps: Maps, exec_number: int) -> None:
    """The process ended or called exec while its arguments were read: nobody else would remove them."""
    index = 0
    while syscall_bpf.map_delete(maps.strings, _KEY.pack(exec_number, STRING_ARGS, index)):
        index += 1
