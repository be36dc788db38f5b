# SPDX-License-Identifier: Apache-2.0
"""What kept asks of the kernel: the map of what user space has, the kernel's own copies of the strings, and
the rings, by which it is known what was read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from lanner_agent.kernel import kept, ring, syscall_bpf
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.record_layout import (
    LONG_BLOCK,
    SHORT_STRING,
    STRING_BLOCK,
    STRING_BLOCKS,
    STRING_KEY,
    StringPart,
)

_NUMBER: Final = struct.Struct("=Q")
_PARTS: Final = struct.Struct("=I")
_CGROUP_PATH: Final = struct.Struct("=I508s")  # struct cgroup_path of bpf/base/workspace.h


class KeptMaps:
    """`maps`: descriptors by name. `settle` waits until every program that runs now has ended."""

    def __init__(self, maps: Mapping[str, int], rings: ring.Rings, settle: Callable[[], None]) -> None:
        self._maps = maps
        self._rings = rings
        self._settle = settle
        self.passed = rings.passed

    def tell(self, parts: Mapping[int, int]) -> None:
        keys = b"".join(map(_NUMBER.pack, parts))
        values = b"".join(map(_PARTS.pack, parts.values()))
        with suppress(KernelError):  # no memory: records that hold more than they need
            syscall_bpf.map_update_all(self._maps["kept"], keys, values, len(parts))

    def untell(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            syscall_bpf.map_delete(self._maps["kept"], _NUMBER.pack(number))

    def marks(self) -> Sequence[int]:
        self._settle()
        return self._rings.marks()

    def fetch(self, number: int, part: int) -> bytes:
        if part == StringPart.CGROUP:
            return self._cgroup(kept.of_cgroup(number))
        return b"".join(self._blocks(number, part))

    def _cgroup(self, cgroup: int) -> bytes:
        found = syscall_bpf.map_lookup(self._maps["cgroups"], _NUMBER.pack(cgroup), _CGROUP_PATH.size)
        if found is None:
            return b""
        length, path = _CGROUP_PATH.unpack(found)
        return bytes(path[:length])

    def _blocks(self, number: int, part: int) -> Iterator[bytes]:
        first = self._find("strings", number, part, 0, STRING_BLOCK)
        if first is None:
            return
        rest, bytes_ = STRING_BLOCK.unpack(first)
        short = rest <= SHORT_STRING
        for index in range(1, STRING_BLOCKS + 1):
            yield bytes_[:rest]
            rest -= min(rest, len(bytes_))
            if not rest:
                return
            name, layout = ("strings", STRING_BLOCK) if short else ("long_strings", LONG_BLOCK)
            found = self._find(name, number, part, index, layout)
            if found is None:
                return
            bytes_ = layout.unpack(found)[-1]

    def _find(self, name: str, number: int, part: int, index: int, layout: struct.Struct) -> bytes | None:
        key = STRING_KEY.pack(number, part, index)
        return syscall_bpf.map_lookup(self._maps[name], key, layout.size)
