# SPDX-License-Identifier: Apache-2.0
"""What the running kernel describes in /sys/kernel/btf/vmlinux, read by libbpf: its functions, their numbers
and how many parameters they have, and whether it has a type or a variable at all.
"""

from __future__ import annotations

import functools
import os
import pathlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import libbpf

VMLINUX: Final = pathlib.Path("/sys/kernel/btf/vmlinux")

# BTF_KIND_* (linux/btf.h)
STRUCT: Final = 4
TYPEDEF: Final = 8
FUNCTION: Final = 12
VARIABLE: Final = 14
_PROTOTYPE: Final = 13

Named = tuple[int, str]  # a kind and a name of that kind

_holding: Final = threading.local()


@dataclass(frozen=True, slots=True)
class Function:
    """`number`: its btf_id. `parameters`: how many; None where that could not be told."""

    number: int
    parameters: int | None


@functools.cache
def functions(names: frozenset[str], path: pathlib.Path = VMLINUX) -> dict[str, Function]:
    """Those that are there, by name; without a file that can be read, none is. Asked once: 1 ms a name."""
    with _types(path) as types:
        found = {name: _number(types, FUNCTION, name) for name in names}
        return {
            name: Function(number, _parameters(types, number)) for name, number in found.items() if number
        }


def numbers(wanted: frozenset[Named], path: pathlib.Path = VMLINUX) -> dict[Named, int]:
    """Those that are there, with their btf_ids; without a file that can be read, none is."""
    with _types(path) as types:
        found = {(kind, name): _number(types, kind, name) for kind, name in wanted}
    return {named: number for named, number in found.items() if number}


@functools.cache
def mentioned(wanted: frozenset[Named], path: pathlib.Path = VMLINUX) -> frozenset[Named]:
    """Which of these are there. Asked once too."""
    return frozenset(numbers(wanted, path))


@contextmanager
def held() -> Iterator[None]:
    """Inside, this thread reads the running kernel's types once, 20 ms and 7 MB, for all that it asks."""
    _holding.types = list[int | None]()
    try:
        yield
    finally:
        for types in _holding.types:
            libbpf.library().btf__free(types)
        del _holding.types


@contextmanager
def _types(path: pathlib.Path) -> Iterator[int | None]:
    """libbpf's address of what the file holds; None where that are no types."""
    held: list[int | None] | None = getattr(_holding, "types", None)
    if held is None or path != VMLINUX:
        with _read(path) as types:
            yield types
        return
    if not held:
        held.append(_parsed(path))
    yield held[0]


@contextmanager
def _read(path: pathlib.Path) -> Iterator[int | None]:
    types = _parsed(path)
    try:
        yield types
    finally:
        libbpf.library().btf__free(types)


def _parsed(path: pathlib.Path) -> int | None:
    parsed: int | None = libbpf.library().btf__parse(os.fsencode(path), None)
    return parsed


def _number(types: int | None, kind: int, name: str) -> int:
    """0 where there is none."""
    return max(0, libbpf.library().btf__find_by_name_kind(types, name.encode(), kind)) if types else 0


def _parameters(types: int | None, function: int) -> int | None:
    prototype = _type(types, _type(types, function).refers)
    return prototype.info & 0xFFFF if prototype.info >> 24 & 0x1F == _PROTOTYPE else None


def _type(types: int | None, number: int) -> libbpf.BtfType:
    return libbpf.BtfType.from_address(libbpf.library().btf__type_by_id(types, number))
