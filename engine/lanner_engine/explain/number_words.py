# SPDX-License-Identifier: Apache-2.0
"""What a clause asks of the numbers of a call, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from lanner_engine.fields.readers.event_facts import result_name
from lanner_engine.fields.tables.socket_kinds import FAMILIES, PROTOCOLS, RAW
from lanner_engine.index.names import Names
from lanner_engine.index.numbers import (
    IS_UNIX,
    NO_SOCKET,
    RAW_PROTOCOL,
    SOME,
    WATCHER,
    Numbers,
    Question,
    Source,
    as_number,
)

SHOWN: Final = 20  # of a list
_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth")
_SUBJECTS: Final = {
    **{Source(Source.ARGUMENT_0 + at): f"its {name} argument" for at, name in enumerate(_ORDINALS)},
    Source.RESULT: "what it returns",
    Source.OPEN_MODE: "the mode of a file that it may create",
    Source.MADE_FLAGS: "what the process is made with",
    Source.SOCKET_FAMILY: "its descriptor's kind",
    Source.SOCKET_PROTOCOL: "the socket's protocol",
    Source.LOCAL_PORT: "the socket's own port",
    Source.REMOTE_PORT: "the other end's port",
    Source.LOCAL_ADDRESS: "the socket's own address",
    Source.REMOTE_ADDRESS: "the other end's address",
    Source.UNIX_NAME: "the end of the unix socket's name",
    Source.LOCAL_NET: "the network of the socket's own address",
    Source.REMOTE_NET: "the network of the other end's address",
}
_SIGN: Final = 1 << 63
_WHOLE: Final = ((1 << 32) - 1, (1 << 64) - 1)


def asked(tests: Numbers) -> Iterator[str]:
    """A line for each test."""
    for question, values in tests:
        if any(as_number(value) == WATCHER for value in values.listed):
            yield f"{_SUBJECTS[question.source]} is the agent's pid"
        else:
            yield f"{_subject(question)} {_said(question, values)}"


def selective(tests: Numbers) -> bool:
    """Whether few events satisfy it: a number is listed, or a bit is to be set."""
    return any(
        not values.others
        and question.source is not Source.SOCKET_FAMILY
        and (not question.bits or SOME in values.listed)
        for question, values in tests
    )


def _subject(question: Question) -> str:
    name = _SUBJECTS[question.source]
    if question.source in (Source.LOCAL_NET, Source.REMOTE_NET):
        return f"{name}, of {_bits(question.mask)} bits,"
    whole = question.mask in _WHOLE or question.source is Source.OPEN_MODE  # which is no wider
    return name if question.bits or whole else f"{name} under 0x{question.mask:x}"


def _said(question: Question, values: Names) -> str:
    if question.bits:
        return f"has {'a' if SOME in values.listed else 'no'} bit of 0x{question.mask:x}"
    shown = _READ.get(question.source, str)
    texts = [shown(number) for number in sorted(map(as_number, values.listed))]
    listed = ", ".join(texts[:SHOWN]) + (f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else "")
    if len(texts) == 1:
        return f"is {'not ' if values.others else ''}{listed}"
    return f"is {'none' if values.others else 'one'} of {listed}"


def _result(number: int) -> str:
    value = (number ^ _SIGN) - _SIGN
    return str(value) if value >= 0 else (result_name(value) or b"").decode()


def _family(number: int) -> str:
    return "no socket" if number == NO_SOCKET else FAMILIES[number][1].decode()


def _protocol(number: int) -> str:
    return (RAW if number == RAW_PROTOCOL else PROTOCOLS[number]).decode()


def _address(number: int) -> str:
    found = IPv6Address(number.to_bytes(16, "little"))
    return str(found.ipv4_mapped or found)


def _net(number: int) -> str:
    """Of IPv4, without the bits of the mask."""
    return str(IPv4Address(number.to_bytes(8, "little")[4:]))


def _bits(mask: int) -> int:
    """Of the last four bytes, which are those of an address of IPv4."""
    return (mask >> 32).bit_count()


def _unix_name(number: int) -> str:
    if number < IS_UNIX:
        return "that of another socket"
    return (number - IS_UNIX).to_bytes(8, "little").rstrip(b"\0").decode("utf-8", "backslashreplace")


_READ: Final[dict[Source, Callable[[int], str]]] = {
    Source.RESULT: _result,
    Source.SOCKET_FAMILY: _family,
    Source.SOCKET_PROTOCOL: _protocol,
    Source.LOCAL_ADDRESS: _address,
    Source.REMOTE_ADDRESS: _address,
    Source.UNIX_NAME: _unix_name,
    Source.LOCAL_NET: _net,
    Source.REMOTE_NET: _net,
}
