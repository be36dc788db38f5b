# SPDX-License-Identifier: Apache-2.0
"""The rows of system calls: no number is that of two, all are those of the kernel's headers, and of what the
kernel reads for one call there is no more than it has room for.
"""

from __future__ import annotations

import itertools
import pathlib
import re
from collections import Counter
from collections.abc import Callable

import pytest

from lanner_engine.fields.tables.event_names import EVENT_NAMES, SYSTEM_CALLS
from lanner_engine.syscalls import arguments, table
from lanner_engine.syscalls.call import Call, Numbers

NUMBERS: dict[str, Callable[[Numbers], int | tuple[int, ...] | None]] = {
    "x86_64": lambda numbers: numbers.x86_64,
    "aarch64": lambda numbers: numbers.aarch64,
    "i386": lambda numbers: (*several(numbers.i386), *several(numbers.unread)),
    "arm": lambda numbers: numbers.arm,
    "x32": lambda numbers: numbers.x32,
    "socketcall": lambda numbers: numbers.socketcall,
}
HEADERS = {
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "i386": "/usr/include/x86_64-linux-gnu/asm/unistd_32.h",
    "x32": "/usr/include/x86_64-linux-gnu/asm/unistd_x32.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}
LINE = re.compile(r"#define __NR(?:3264)?_(\w+)\s+\(?(?:__X32_SYSCALL_BIT \+ )?(\d+)\)?$", re.MULTILINE)
# What the kernel calls otherwise: the language's names of two, the newer of two selects; ids of 32 bits,
# sizes and times of 64.
OTHER_NAMES = {"pread64": "pread", "pwrite64": "pwrite", "_newselect": "select"}
WIDER = re.compile(r"((?<=[a-z])(32|64)|_time64)$")
# One of each, of paths two: struct call of bpf/wire/config.h.
KINDS: tuple[tuple[type, ...], ...] = (
    (arguments.Made, arguments.Fd),
    (arguments.String,),
    (arguments.Data,),
    (arguments.Address,),
    (arguments.Ends,),
)
REGISTERS = 6


def several(numbers: int | tuple[int, ...] | None) -> tuple[int, ...]:
    return (numbers,) if isinstance(numbers, int) else numbers or ()


@pytest.mark.parametrize("abi", NUMBERS)
def test_a_number_is_that_of_one_call(abi: str) -> None:
    found = Counter(
        itertools.chain.from_iterable(several(NUMBERS[abi](row.numbers)) for row in table.EVERY.values())
    )
    assert found
    assert [number for number, times in found.items() if times > 1] == []
    assert max(found) < 560  # SYSCALLS of bpf/base/call_table.h


def test_an_opcode_is_that_of_one_call() -> None:
    found = Counter(opcode for row in table.EVERY.values() for opcode in row.io_uring)
    assert [opcode for opcode, times in found.items() if times > 1] == []


@pytest.mark.parametrize("abi", HEADERS)
def test_numbers_are_those_of_the_kernels_headers(abi: str) -> None:
    header = pathlib.Path(HEADERS[abi])
    if not header.exists():
        pytest.skip(f"needs {header}")
    named = {int(number): name for name, number in LINE.findall(header.read_text())}
    wrong = {
        (name, number, named[number])
        for name, row in table.EVERY.items()
        for number in several(NUMBERS[abi](row.numbers))
        if number in named and name not in meant(named[number])
    }
    assert wrong == set()
    known = {number for row in table.EVERY.values() for number in several(NUMBERS[abi](row.numbers))}
    assert len(known & named.keys()) > (10 if abi == "x32" else 80)


def meant(name: str) -> set[str]:
    """The names of rows that a header's name may have."""
    return {name, OTHER_NAMES.get(name, name), WIDER.sub("", name)}


def test_calls_of_64_bit_programs_are_system_calls() -> None:
    for name, row in table.EVERY.items():
        assert name in EVENT_NAMES
        native = (row.numbers.x86_64, row.numbers.aarch64) != (None, None)
        assert (name in SYSTEM_CALLS) is native


@pytest.mark.parametrize("name", table.CALLS)
def test_the_kernel_reads_all_of_it(name: str) -> None:
    row = table.CALLS[name]
    for kinds in KINDS:
        assert len(of(row, kinds)) <= 1
    assert len(of(row, (arguments.Path,))) <= 2
    assert len(of(row, (arguments.Address,))) + len(with_address(row)) <= 1
    positions = [getattr(one, "at", 0) for one in row.parameters.values()]
    assert all(0 <= at < REGISTERS for at in positions)


def of(row: Call, kinds: tuple[type, ...]) -> list[object]:
    return [one for one in row.parameters.values() if isinstance(one, kinds)]


def with_address(row: Call) -> list[object]:
    ends = [one for one in row.parameters.values() if isinstance(one, arguments.Ends)]
    return [one for one in ends if one.address is not None]
