# SPDX-License-Identifier: Apache-2.0
"""What the running kernel describes: its functions, their numbers and how many parameters they have, and
whether it has a name at all. /sys/kernel/btf/vmlinux, read as far as that (Documentation/bpf/btf.rst).
Called by hooks, requests and seconds.
"""

from __future__ import annotations

import functools
import pathlib
import struct
from dataclasses import dataclass
from typing import Final

VMLINUX: Final = pathlib.Path("/sys/kernel/btf/vmlinux")

_HEADER: Final = struct.Struct("=HBBIIIII")
_TYPE: Final = struct.Struct("=III")
_FUNCTION: Final = 12
_PROTOTYPE: Final = 13
# Bytes behind struct btf_type, by kind: those of the whole, and those of each member.
_ONCE: Final = {1: 4, 3: 12, 14: 4, 17: 4}
_EACH: Final = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
_KINDS: Final = 20


@dataclass(frozen=True, slots=True)
class Function:
    """`number`: its btf_id. `parameters`: how many; None where that could not be told."""

    number: int
    parameters: int | None


@functools.cache
def functions(names: frozenset[str], path: pathlib.Path = VMLINUX) -> dict[str, Function]:
    """Those that are there, by name; without a file that can be read, none is. Asked once: 60 ms for 100,000
    types.
    """
    try:
        return _functions(path.read_bytes(), names)
    except (OSError, struct.error):
        return {}


def mentioned(names: frozenset[str], path: pathlib.Path = VMLINUX) -> frozenset[str]:
    """Which of these are names of types, members or variables there; none without a file that can be read."""
    try:
        data = path.read_bytes()
        _, _, _, header, _, _, strings, _ = _HEADER.unpack_from(data)
    except (OSError, struct.error):
        return frozenset()
    return frozenset(name for name in names if data.find(b"\0%s\0" % name.encode(), header + strings) >= 0)


def _functions(data: bytes, names: frozenset[str]) -> dict[str, Function]:
    _, _, _, header, types, types_length, strings, _ = _HEADER.unpack_from(data)
    wanted = {}
    for name in names:
        found = data.find(b"\0%s\0" % name.encode(), header + strings)
        if found >= 0:
            wanted[found + 1 - header - strings] = name
    sizes = [_TYPE.size + _ONCE.get(kind, 0) for kind in range(_KINDS)]
    each = [_EACH.get(kind, 0) for kind in range(_KINDS)]
    at, end, number = header + types, header + types + types_length, 1
    answer: dict[str, Function] = {}
    prototypes: dict[int, int] = {}
    while at < end and len(answer) < len(wanted):
        name_at, info, refers = _TYPE.unpack_from(data, at)
        kind = info >> 24 & 0x1F
        if kind >= _KINDS:  # younger than this table: nobody knows where the next one begins
            break
        if kind == _PROTOTYPE:
            prototypes[number] = info & 0xFFFF
        elif kind == _FUNCTION and name_at in wanted:
            answer[wanted[name_at]] = Function(number, prototypes.get(refers))
        at += sizes[kind] + each[kind] * (info & 0xFFFF)
        number += 1
    return answer
