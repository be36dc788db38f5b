# SPDX-License-Identifier: Apache-2.0
"""What the engine knows of the arguments of calls is what the decoder shows: the index in the kernel counts
on every number that is in the table. What makes a process has its flags from elsewhere.
"""

from __future__ import annotations

import pytest

from lanner_agent.decode.event import decode
from lanner_agent.kernel import calls
from lanner_engine.syscalls import own
from lanner_engine.syscalls.arguments import Number
from lanner_engine.syscalls.table import NUMBERS
from tests.agent.decode import records
from tests.agent.decode.records import Builder

REGISTERS = (0x1_0000_0003, 0x8000_0010, 0xFFFF_FFFF_FFFF_FFFE, 5, 6, 7)


@pytest.mark.parametrize("call", [call for call in NUMBERS if call not in own.FORKS])
def test_a_number_is_read_from_its_register(call: str) -> None:
    assert call in calls.CALLS
    record = Builder(call, result=-1).call(*REGISTERS).descriptor(num=-1)
    event = decode(record.bytes(), records.session())
    for name, number in NUMBERS[call].items():
        value = number.value(REGISTERS[number.at])
        assert event.raw_arguments[name] == value
        assert number.shown is None or event.arguments[name] == number.shown.text(value)


@pytest.mark.parametrize(("call", "at"), [("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2)])
def test_the_kind_of_a_file_is_no_part_of_its_new_mode(call: str, at: int) -> None:
    record = Builder(call).call(*[0o100600 if number == at else 0 for number in range(4)])
    event = decode(record.bytes(), records.session())
    assert (event.raw_arguments["mode"], event.arguments["mode"]) == (0o600, b"S_IWUSR|S_IRUSR")


@pytest.mark.parametrize(("call", "at"), [("mknod", 1), ("mknodat", 2)])
def test_the_mode_of_a_node_is_as_wide_as_the_kernel_reads_it(call: str, at: int) -> None:
    record = Builder(call).call(*[0x1_0000 | 0o20600 if number == at else 0 for number in range(4)])
    event = decode(record.bytes(), records.session())
    assert (event.raw_arguments["mode"], event.arguments["mode"]) == (0o20600, b"S_IWUSR|S_IRUSR|S_IFCHR")


def test_a_number_is_as_wide_as_the_kernel_reads_it() -> None:
    assert Number(0).value(0x1_8000_0001) == 0x8000_0001
    assert Number(0, signed=True).value(0x1_8000_0001) == 0x8000_0001 - (1 << 32)
    assert Number(0, mask=0xFF).value(0x1_8000_0002) == 2


@pytest.mark.parametrize(
    ("call", "name"), [("eventfd", "initval"), ("eventfd2", "initval"), ("futex", "val"), ("seccomp", "op")]
)
def test_what_the_language_has_in_64_bits_is_shown_without_a_sign(call: str, name: str) -> None:
    event = decode(Builder(call).call(0x8000_0001, 0, 0x8000_0001).bytes(), records.session())
    assert (event.arguments[name], event.raw_arguments[name]) == (b"2147483649", 0x8000_0001)
