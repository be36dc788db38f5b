# SPDX-License-Identifier: Apache-2.0
"""Calls whose arguments mean something else with another command or flag: what they do not mean is empty."""

from __future__ import annotations

import socket
import struct

import pytest

from lanner_agent.decode.event import Event, decode
from tests.agent.decode import records
from tests.agent.decode.records import Builder

SET_FLAG, SET_STRING, SET_BINARY, SET_PATH = 0, 1, 2, 3
JOIN, REVOKE = 1, 3  # keyctl(2)
REGISTERED = 16  # a ring's index, in the flags of io_uring_enter(2)
PEEK_OFF, COOKIE = 42, 57  # SO_PEEK_OFF and SO_COOKIE, which Python does not name
POKEDATA, CONT = 5, 7  # ptrace(2)


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


@pytest.mark.parametrize(
    ("asked", "data", "text"),
    [(CONT, 9, b"SIGKILL"), (CONT, 0, b"0"), (CONT, 35, b"35"), (POKEDATA, 9, b"9"), (POKEDATA, 35, b"23")],
)
def test_a_traced_program_goes_on_with_a_signal(asked: int, data: int, text: bytes) -> None:
    event = decode(Builder("ptrace").call(asked, 7, 0, data).bytes(), records.session())
    assert (event.arguments["data"], event.raw_arguments["data"]) == (text, data)


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        (socket.SO_MARK, struct.pack("<I", 1 << 31), b"-2147483648"),
        (PEEK_OFF, struct.pack("<i", -1), b"-1"),
        (COOKIE, struct.pack("<Q", 1 << 63), b"-9223372036854775808"),
        (socket.SO_ERROR, struct.pack("<i", 111), b"ECONNREFUSED"),
        (socket.SO_RCVTIMEO, struct.pack("<qq", 5, 500000), b"5.5s"),
        (socket.SO_PEERSEC, b"unconfined", b"unconfined"),
    ],
)
def test_the_option_of_a_socket_says_what_its_value_is(option: int, value: bytes, text: bytes) -> None:
    record = Builder("setsockopt").call(3, socket.SOL_SOCKET, option, 0, len(value), buffer=value)
    assert decode(record.bytes(), records.session()).arguments["val"] == text


@pytest.mark.parametrize(
    ("level", "option", "name"),
    [(1, 2, b"SO_REUSEADDR"), (1, 77, b"SO_PEERPIDFD"), (1, 99, b"99"), (6, 2, b"2")],
)
def test_the_options_of_all_sockets_have_names(level: int, option: int, name: bytes) -> None:
    record = Builder("getsockopt").call(3, level, option)
    assert decode(record.bytes(), records.session()).arguments["optname"] == name


@pytest.mark.parametrize("flags", [0, REGISTERED])
def test_the_index_of_a_ring_is_no_descriptor(flags: int) -> None:
    made = Builder("io_uring_enter").call(3, 1, 1, flags).descriptor(num=3)
    event = decode(made.bytes(), records.session())
    assert (event.arguments["fd"], event.raw_arguments["fd"]) == (b"3", 3)
    assert (event.fd is None) is bool(flags)
