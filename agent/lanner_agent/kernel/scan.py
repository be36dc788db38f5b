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
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import layout, syscall_bpf
from lanner_agent.kernel.layout import LONG_BYTES, STRING_BLOCKS, STRING_BYTES

ARGS_MAX: Final = 4096
STRING_ARGS: Final = layout.ENUMS["string_part"]["STRING_ARGS"]
_LINE: Final = layout.compiled("scanned")
_KEY: Final = layout.compiled("string_key")
_BLOCK: Final = layout.compiled("string_block")
_LONG_BLOCK: Final = layout.compiled("long_block")
_SHORT_STRING: Final = STRING_BLOCKS * STRING_BYTES
_EXEC_FACTS_BYTES: Final = 40
_PROC: Final = pathlib.Path("/proc")


@dataclass(frozen=True, slots=True)
class Maps:
    """Descriptors of the maps of the same names."""

    execs: int
    strings: int
    long_strings: int


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
    for index, piece in enumerate(_pieces(args)):
        key = _KEY.pack(exec_number, STRING_ARGS, index)
        if index and len(args) > _SHORT_STRING:
            syscall_bpf.map_update(maps.long_strings, key, _LONG_BLOCK.pack(piece))
        else:
            syscall_bpf.map_update(maps.strings, key, _BLOCK.pack(len(args), piece))
    if syscall_bpf.map_lookup(maps.execs, struct.pack("=Q", exec_number), _EXEC_FACTS_BYTES) is None:
        _remove_arguments(maps, exec_number)


def _remove_arguments(maps: Maps, exec_number: int) -> None:
    """The process ended or called exec while its arguments were read: nobody else would remove them."""
    for index in range(STRING_BLOCKS):
        key = _KEY.pack(exec_number, STRING_ARGS, index)
        for strings in (maps.strings, maps.long_strings):
            syscall_bpf.map_delete(strings, key)


def _pieces(string: bytes) -> Iterator[bytes]:
    """As bpf/maps.h divides a string into blocks."""
    if string:
        yield string[:STRING_BYTES]
    size = LONG_BYTES if len(string) > _SHORT_STRING else STRING_BYTES
    for at in range(STRING_BYTES, len(string), size):
        yield string[at : at + size]
