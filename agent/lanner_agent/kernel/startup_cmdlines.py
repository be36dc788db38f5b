# SPDX-License-Identifier: Apache-2.0
"""The arguments of processes that ran before the probes: from /proc into the maps of their execs.

In: what the start-up scan found. A process may exec, fork and end while it is read here. Its arguments are
stored only when the process still had the numbered image; otherwise they are read from another process with
that image.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lanner_agent.kernel import syscall_bpf
from lanner_agent.kernel.record_layout import (
    ARGS_MAX,
    EXEC_FACTS,
    IMAGE,
    LONG_BLOCK,
    LONG_BYTES,
    SHORT_STRING,
    STRING_BLOCK,
    STRING_BLOCKS,
    STRING_BYTES,
    STRING_KEY,
    ExecFacts,
    Image,
    StringPart,
)

_EXEC: Final = struct.Struct("=Q")
_PID: Final = struct.Struct("=I")
_ARG_START: Final = 45  # of /proc/PID/stat, behind the name


@dataclass(frozen=True, slots=True)
class Maps:
    """Descriptors of the maps of the same names."""

    execs: int
    images: int
    strings: int
    long_strings: int


@dataclass(frozen=True, slots=True)
class Found:
    """A thread that has the image `exec`, whose arguments begin at the address `args`; there is room for
    `most` bytes of them, and for what fills the last block.
    """

    exec: int
    args: int
    pid: int
    most: int


def add(maps: Maps, found: Sequence[Found], *, at_last: bool = False) -> list[Found]:
    """Store the arguments of these; who else has the image of those that changed theirs meanwhile.

    `at_last`: where it cannot be told whether a process is about to change, it is believed.
    """
    texts = [_read(one.pid)[: _room(one.most)] for one in found]
    users, images = _users(maps), _images(maps)
    sure: dict[int, bytes] = {}
    changed = []
    for one, text in zip(found, texts, strict=True):
        if one.exec not in users:
            continue
        if _unchanged(one, users[one.exec], images.get(one.pid), at_last=at_last):
            sure[one.exec] = text
        else:
            changed.append(one)
    _store(maps, sure)
    left = _users(maps)
    for exec_number in sure.keys() - left.keys():
        _remove(maps, exec_number)  # it ended meanwhile, and nothing else would remove it
    return list(_heirs(changed, images))


def _unchanged(one: Found, users: int, image: int | None, *, at_last: bool) -> bool:
    """Whether what was just read is of its image. During exec the new arguments are there before the new
    number; but then it has no other threads and cannot fork, so that only its earlier children need them.
    """
    if image == one.exec and (users == 1 or at_last):
        return True
    start = _arg_start(one.pid)
    return start == one.args or (start == 0 and image == one.exec)


def _heirs(changed: list[Found], images: Mapping[int, int]) -> Iterator[Found]:
    if not changed:
        return
    pids = {one.pid for one in changed}
    by_exec = {exec_number: pid for pid, exec_number in images.items() if pid not in pids}
    for one in changed:
        if one.exec in by_exec:
            yield replace(one, pid=by_exec[one.exec])
        elif images.get(one.pid) == one.exec:
            yield one


def _read(pid: int) -> bytes:
    """Nothing when it is gone."""
    try:
        descriptor = os.open(f"/proc/{pid}/cmdline", os.O_RDONLY)
    except OSError:
        return b""
    try:
        return os.read(descriptor, ARGS_MAX)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _arg_start(pid: int) -> int | None:
    """0: we may not know; None: it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b") ")[2].split()[_ARG_START])
    except OSError:
        return None


def _users(maps: Maps) -> dict[int, int]:
    """Each exec that is known, and how many run its image or come from those that did."""
    keys, values = syscall_bpf.map_items(maps.execs, _EXEC.size, EXEC_FACTS.size)
    return {
        key: ExecFacts._make(facts).users
        for (key,), facts in zip(_EXEC.iter_unpack(keys), EXEC_FACTS.iter_unpack(values), strict=True)
    }


def _images(maps: Maps) -> dict[int, int]:
    """Each process and its exec."""
    keys, values = syscall_bpf.map_items(maps.images, _PID.size, IMAGE.size)
    return {
        pid: Image._make(image).exec
        for (pid,), image in zip(_PID.iter_unpack(keys), IMAGE.iter_unpack(values), strict=True)
    }


def _store(maps: Maps, texts: Mapping[int, bytes]) -> None:
    short: list[tuple[bytes, bytes]] = []
    long: list[tuple[bytes, bytes]] = []
    for exec_number, text in texts.items():
        for index, piece in enumerate(_pieces(text)):
            key = STRING_KEY.pack(exec_number, StringPart.ARGS, index)
            if index and len(text) > SHORT_STRING:
                long.append((key, LONG_BLOCK.pack(piece)))
            else:
                short.append((key, STRING_BLOCK.pack(len(text), piece)))
    for strings, blocks in ((maps.long_strings, long), (maps.strings, short)):
        keys, values = (b"".join(parts) for parts in zip(*blocks, strict=True)) if blocks else (b"", b"")
        syscall_bpf.map_update_all(strings, keys, values, len(blocks))


def _remove(maps: Maps, exec_number: int) -> None:
    for index in range(STRING_BLOCKS):
        key = STRING_KEY.pack(exec_number, StringPart.ARGS, index)
        for strings in (maps.strings, maps.long_strings):
            syscall_bpf.map_delete(strings, key)


def _room(most: int) -> int:
    """Bytes of the blocks that hold so many."""
    if most <= STRING_BYTES:
        return STRING_BYTES if most else 0
    size = _next_bytes(most)
    return STRING_BYTES + -(-(most - STRING_BYTES) // size) * size


def _next_bytes(length: int) -> int:
    """Bytes of each block behind the first, of a string of this length."""
    return LONG_BYTES if length > SHORT_STRING else STRING_BYTES


def _pieces(string: bytes) -> Iterator[bytes]:
    """As bpf/wire/execs.h divides a string into blocks."""
    if string:
        yield string[:STRING_BYTES]
    size = _next_bytes(len(string))
    for at in range(STRING_BYTES, len(string), size):
        yield string[at : at + size]
