# SPDX-License-Identifier: Apache-2.0
"""Calls whose arguments mean something else with another command or flag: what they do not mean is empty."""

from __future__ import annotations

import pytest

from lanner_agent.decode.event import Event, decode
from tests.agent.decode import records
from tests.agent.decode.records import Builder

SET_FLAG, SET_STRING, SET_BINARY, SET_PATH = 0, 1, 2, 3
JOIN, REVOKE = 1, 3  # keyctl(2)
REGISTERED = 16  # a ring's index, in the flags of io_uring_enter(2)


def fsconfig(command: int, result: int = 0) -> Event:
    made = Builder("fsconfig", result=result).call(7, command, 0, 99, 5, string=b"key", buffer=b"a\0b\x01c")
    return decode(made.name(0, raw=b"a").bytes(), records.session())


@pytest.mark.parametrize(
    ("command", "text", "data"),
    [(SET_STRING, b"a", b""), (SET_PATH, b"a", b""), (SET_BINARY, b"", b"a\0b\x01c"), (SET_FLAG, b"", b"")],
)
def test_a_setting_is_a_text_or_bytes_or_neither(command: int, text: bytes, data: bytes) -> None:
    event = fsconfig(command)
    assert event.raw_arguments["value_charbuf"] == event.arguments["value_charbuf"] == text
    assert event.raw_arguments["value_bytebuf"] == data
    assert event.arguments["value_bytebuf"] == data.replace(b"\0", b".").replace(b"\x01", b".")


@pytest.mark.parametrize("command", [SET_STRING, SET_BINARY])
def test_a_setting_that_was_refused_has_no_value(command: int) -> None:
    event = fsconfig(command, result=-22)
    assert (event.arguments["value_charbuf"], event.arguments["value_bytebuf"]) == (b"", b"")


@pytest.mark.parametrize(("operation", "name", "number"), [(JOIN, b"x", b""), (REVOKE, b"", -5)])
def test_an_operation_on_keys_has_a_name_or_a_number(
    operation: int, name: bytes, number: int | bytes
) -> None:
    made = Builder("keyctl").call(operation, -5, string=b"x")
    raw = decode(made.bytes(), records.session()).raw_arguments
    assert (raw["arg2_str"], raw["arg2_int"]) == (name, number)


@pytest.mark.parametrize("flags", [0, REGISTERED])
def test_the_index_of_a_ring_is_no_descriptor(flags: int) -> None:
    made = Builder("io_uring_enter").call(3, 1, 1, flags).descriptor(num=3)
    event = decode(made.bytes(), records.session())
    assert (event.arguments["fd"], event.raw_arguments["fd"]) == (b"3", 3)
    assert (event.fd is None) is bool(flags)
