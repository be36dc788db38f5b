# SPDX-License-Identifier: Apache-2.0
"""Hypothesis strategies: records of calls, with the numbers that the kernel's index had of each, and
conditions that come near to them.

The numbers are found here as bpf/index/arguments.bpf.c and socket.bpf.c find them, by the same facts that are
written into the record.
"""

from __future__ import annotations

import socket
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from lanner_agent.decode.event import Event, decode
from lanner_agent.decode.flags import CREATING
from lanner_agent.kernel import calls
from lanner_agent.kernel.record_layout import FileFlag
from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, Not, Or
from lanner_engine.fields import addresses, operands
from lanner_engine.fields.types import parse_literal
from lanner_engine.index.classes import CLASSES
from lanner_engine.index.numbers import IS_UNIX, NO_PROTOCOL, NO_SOCKET, RAW_PROTOCOL, Source
from lanner_engine.reference.extraction import extract
from lanner_engine.syscalls import fast_open
from lanner_engine.syscalls.table import NUMBERS
from tests.agent.decode import records
from tests.agent.decode.records import OPEN, Builder
from tests.engine.meaning.random_conditions import conditions

_OPENS = sorted(CLASSES["open"])
_CALLS = sorted(calls.CALLS)
_SEVERAL = ("sendmmsg", "recvmmsg")
_TYPES = st.one_of(
    st.sampled_from(_CALLS),
    st.sampled_from(sorted(NUMBERS)),
    st.sampled_from([*sorted(CLASSES["socket"]), "dup", "dup2", "dup3"]),
    st.sampled_from([*_OPENS, "execve"]),
    st.just("connect"),
)
_IP = (socket.AF_INET, socket.AF_INET6)
_IPV4 = bytes((127, 0, 0, 1))
_MAPPED = bytes(10) + b"\xff\xff"
_ADDRESSES = [_IPV4 + bytes(12), bytes((10, 0, 0, 1)) + bytes(12), _MAPPED + _IPV4, bytes(15) + b"\1"]
_PORTS = [0, 53, 443]
_NAMES = [
    b"/run/containerd.sock",
    b"/x/docker.sock",
    b"/a",
    b"\0hidden-name",
    b"\0short",
    b"docker.sock",
    b"",
]
_GIVEN = [
    b"",
    b"\2\0\x01\xbb\x7f\0\0\1" + bytes(8),
    b"\1\0/run/containerd.sock\0",
    b"\n\0\0\x35" + bytes(19) + b"\1" + bytes(4),
]
_REGISTERS = st.one_of(
    st.integers(0, 32),
    st.sampled_from([0o4755, 0o755, 0o100644, 0o60660, 0o20666, 0o104755, 1 << 28, 1 << 17, 257, 1000]),
    st.sampled_from([-1, -100, -2, 1 << 32, (1 << 32) + 16, 0x80000802, 0x10000003, 0x4206]),
)
_RESULTS = st.sampled_from([0, 0, 0, 1, 2, 3, 9, -1, -2, -26, -115, -512, -4000])


@dataclass(frozen=True, slots=True)
class Called:
    """`numbers`: those that the kernel knows."""

    event: Event
    numbers: Mapping[Source, int] = field(default_factory=dict)


@st.composite
def called(draw: st.DrawFn) -> Called:
    event_type = draw(_TYPES)
    result = draw(_RESULTS)
    if event_type == "execve":
        result = min(result, -1)
    record = Builder(event_type, result=result)
    registers = [number & (1 << 64) - 1 for number in draw(st.tuples(*[_REGISTERS] * 6))]
    if event_type in fast_open.FLAGS and draw(st.booleans()):
        registers[fast_open.FLAGS[event_type]] |= fast_open.MSG_FASTOPEN
    seen = 7 if event_type in _SEVERAL else result  # of several messages each has a size
    numbers = {Source.RESULT: seen & (1 << 64) - 1}
    if event_type in _OPENS:
        numbers |= _opened(record, event_type, registers)
    elif event_type in calls.CALLS:
        record.call(*registers, address=draw(st.sampled_from(_GIVEN)))
        numbers |= {Source(Source.ARGUMENT_0 + at): number for at, number in enumerate(registers)}
        numbers |= draw(_described(record, event_type, registers, result))
    return Called(decode(record.bytes(), records.session()), numbers)


def _opened(record: Builder, event_type: str, registers: Sequence[int]) -> dict[Source, int]:
    by_handle = event_type == "open_by_handle_at"
    flags, mode = registers[0] & 0xFFFFFFFF, 0 if by_handle else registers[1] & 0xFFFFFFFF
    if event_type == "creat":
        flags |= 0o101
    known = FileFlag.KNOWN.value
    record.union(OPEN, flags=flags, mode=mode, file_flags=known, file_mode=stat.S_IFREG, path=b"/etc/a")
    return {} if event_type == "openat2" else {Source.OPEN_MODE: mode if flags & CREATING else 0}


@st.composite
def _described(
    draw: st.DrawFn, record: Builder, event_type: str, registers: Sequence[int], result: int
) -> dict[Source, int]:
    """The call's descriptor: nothing, a file or a socket."""
    at = calls.CALLS[event_type].descriptor
    if at == calls.NONE:
        record.descriptor(num=-1)
        return {}
    register = result if at == calls.RESULT else registers[at]
    number = (register & 0xFFFFFFFF ^ 1 << 31) - (1 << 31)
    kind = draw(st.sampled_from(["closed", "file", "pipe", "socket", "socket", "socket", "socket"]))
    if number < 0 or kind == "closed":
        record.descriptor(num=number)
        return {}
    if kind != "socket":
        mode, path = (stat.S_IFREG, b"/a") if kind == "file" else (stat.S_IFIFO, b"pipe")
        record.descriptor(num=number, file_flags=FileFlag.KNOWN.value, file_mode=mode, path=path)
        return {Source.SOCKET_FAMILY: NO_SOCKET, Source.SOCKET_PROTOCOL: NO_PROTOCOL}
    own, peer = draw(st.sampled_from(_NAMES)), draw(st.sampled_from(_NAMES))
    facts = draw(_facts())
    unix = {"path": own, "peer": peer} if facts["family"] == socket.AF_UNIX else {}
    record.descriptor(num=number, file_flags=FileFlag.KNOWN.value, file_mode=stat.S_IFSOCK, **unix)
    record.socket(**facts)
    return _of_socket(facts, peer, result, given=calls.CALLS[event_type].given)


@st.composite
def _facts(draw: st.DrawFn) -> dict[str, int | bytes]:
    return {
        "family": draw(st.sampled_from([0, 1, 1, 2, 2, 2, 10, 10, 16, 17])),
        "type": draw(st.sampled_from([1, 1, 2, 3])),
        "protocol": draw(st.sampled_from([0, 1, 6, 6, 17, 58, 132, 256, 262])),
        "state": draw(st.sampled_from([1, 7, 10])),
        "bound": draw(st.integers(0, 1)),
        "local_port": socket.htons(draw(st.sampled_from(_PORTS))),
        "remote_port": socket.htons(draw(st.sampled_from(_PORTS))),
        "local": draw(st.sampled_from(_ADDRESSES)),
        "remote": draw(st.sampled_from(_ADDRESSES)),
    }


def _of_socket(
    facts: Mapping[str, int | bytes], peer: bytes, result: int, *, given: bool
) -> dict[Source, int]:
    family = int(facts["family"])
    if not family:
        return {}
    found = {Source.SOCKET_FAMILY: family}
    if family not in _IP:
        found[Source.SOCKET_PROTOCOL] = NO_PROTOCOL
        if family != socket.AF_UNIX:
            found[Source.UNIX_NAME] = 0
        elif result >= 0 and peer and (peer[0] or len(peer) > 8):
            found[Source.UNIX_NAME] = IS_UNIX | int.from_bytes(peer[-8:], "little")
        return found
    raw = facts["type"] == socket.SOCK_RAW
    found[Source.UNIX_NAME] = 0
    found[Source.SOCKET_PROTOCOL] = RAW_PROTOCOL if raw else int(facts["protocol"])
    datagram = facts["type"] in (socket.SOCK_DGRAM, socket.SOCK_RAW)
    for end, port_of, address_of, net_of, known in (
        ("local", Source.LOCAL_PORT, Source.LOCAL_ADDRESS, Source.LOCAL_NET, True),
        (
            "remote",
            Source.REMOTE_PORT,
            Source.REMOTE_ADDRESS,
            Source.REMOTE_NET,
            not (datagram and (result < 0 or given)),
        ),
    ):
        port, address = int(facts[f"{end}_port"]), facts[end]
        assert isinstance(address, bytes)
        if port and known:
            found[port_of] = socket.ntohs(port)
            whole = address if family == socket.AF_INET6 else _MAPPED + address[:4]
            found[address_of] = _number(whole)
            found[net_of] = _number(whole[8:] + whole[:8])
    return found


def _number(address: bytes) -> int:
    return int.from_bytes(address, "little")


_LIST = ("in", "intersects", "pmatch")
_TEXTS = ["=", "!=", "in", "contains", "startswith", "endswith", "icontains", "glob", "pmatch"]
_EQUAL = ["=", "==", "!=", "in", "intersects"]
_PIECES = [b"S_ISUID", b"S_IF", b"S_I", b"CLONE_NEW", b"AF_", b"PTRACE_", b"O_", b"1", b"0", b"", b"-1", b"e"]
_MODES = [b"04755", b"0755", b"0", b"0[4-7]???", b"0[67]5?", b"0*", b"?", b"00", b"0[1-3]?", b"0[89]?"]


def _check(
    field_name: FieldRef, operators: list[str], values: st.SearchStrategy[bytes]
) -> st.SearchStrategy[Check]:
    def made(operator: str, found: list[bytes]) -> Check:
        items = tuple(Literal(value) for value in found)
        return Check(field_name, operator, ListLiteral(items) if operator in _LIST else items[0])

    return st.builds(made, st.sampled_from(operators), st.lists(values, min_size=1, max_size=3))


def _of_parameter(event_type: str, name: str) -> st.SearchStrategy[Check]:
    number = NUMBERS[event_type][name]
    values = _REGISTERS.map(lambda register: number.value(register & (1 << 64) - 1))
    if number.shown is None:
        return _check(FieldRef("evt.arg", name.encode()), _TEXTS, st.sampled_from(_PIECES))
    text = values.map(number.shown.text)
    pieces = text.map(lambda whole: whole.partition(b"|")[0]) | st.sampled_from(_PIECES)
    return _check(FieldRef("evt.arg", name.encode()), _TEXTS, text | pieces)


_PARAMETERS = st.sampled_from([(one, name) for one, found in NUMBERS.items() for name in found])
_RAW = ["mode", "flags", "request", "length", "pid", "uid", "dirfd", "dev", "cmd", "domain"]
_WHOLE = {"unsigned": [b"0", b"1", b"16", b"2493", b"257"], "signed": [b"-1", b"-100", b"3"]}
_ENDS = [f"fd.{letter}{what}" for letter in "lrsc" for what in ("port", "ip", "net")]
_KINDS = [b"4", b"6", b"u", b"n", b"o", b"f", b"p", b"ipv4", b"ipv6", b"unix", b"netlink", b"file", b"<NA>"]
_NAMED = [
    b"/run/containerd.sock",
    b"/containerd.sock",
    b"docker.sock",
    b"@hidden-name",
    b":443",
    b"/a",
    b"ai",
]
_NETWORKS = [
    *(b"127.0.0.0/8", b"10.0.0.0/30", b"10.0.0.1/32", b"0.0.0.0/0", b"10.0.0.0/31", b"126.0.0.0/7"),
    *(b"::/0", b"::1/128", b"fe80::/10", b"192.168.0.0/16"),
]
_ERRORS = [b"SUCCESS", b"ETXTBSY", b"EINPROGRESS", b"4000", b"E", b"ERESTARTSYS"]
CHECK: st.SearchStrategy[Check] = st.one_of(
    _PARAMETERS.flatmap(lambda one: _of_parameter(*one)),
    _PARAMETERS.flatmap(lambda one: _of_parameter(*one)),
    _check(FieldRef("evt.arg", b"mode"), _TEXTS, st.sampled_from(_MODES)),
    st.sampled_from(_RAW).flatmap(
        lambda name: _check(
            FieldRef("evt.rawarg", name.encode()), _EQUAL, st.sampled_from(_WHOLE["unsigned"])
        )
    ),
    _check(FieldRef("evt.res"), _TEXTS, st.sampled_from(_ERRORS)),
    _check(FieldRef("evt.rawres"), _EQUAL, st.sampled_from([b"-26", b"0", b"1", b"-115"])),
    _check(FieldRef("fd.num"), _EQUAL, st.sampled_from([b"-1", b" -1", b"0", b"1", b"3"])),
    *(_check(FieldRef(name), _TEXTS, st.sampled_from(_KINDS)) for name in ("fd.type", "fd.typechar")),
    _check(FieldRef("fd.l4proto"), _TEXTS, st.sampled_from([b"tcp", b"udp", b"raw", b"icmp", b"<NA>", b"p"])),
    _check(FieldRef("fd.name"), _TEXTS, st.sampled_from(_NAMED)),
    _check(FieldRef("evt.is_fast_open"), ["=", "==", "!="], st.sampled_from([b"true", b"false"])),
    st.sampled_from([one for one in _ENDS if one.endswith("port")]).flatmap(
        lambda name: _check(FieldRef(name), _EQUAL, st.sampled_from([b"53", b"443", b"0"]))
    ),
    st.sampled_from([one for one in _ENDS if one.endswith("net")]).flatmap(
        lambda name: _check(FieldRef(name), _EQUAL, st.sampled_from(_NETWORKS))
    ),
    st.sampled_from([one for one in _ENDS if one.endswith("ip")]).flatmap(
        lambda name: _check(FieldRef(name), _EQUAL, st.sampled_from([b"127.0.0.1", b"::1", b"10.0.0.1"]))
    ),
)


_OF_EVERY = [
    *("evt.res", "evt.rawres", "fd.num", "fd.type", "fd.typechar", "fd.l4proto", "fd.name", *_ENDS),
    "evt.is_fast_open",
]


def _fields(event_type: str) -> list[FieldRef]:
    """What can be asked of its numbers."""
    names = [name.encode() for name in NUMBERS.get(event_type, ())] + [b"mode"] * (event_type in _OPENS)
    parameters = [FieldRef(field_name, name) for name in names for field_name in ("evt.arg", "evt.rawarg")]
    return 2 * parameters + [FieldRef(name) for name in _OF_EVERY]


def _written(value: object, field_name: str) -> bytes | None:
    """A literal that is equal."""
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, int):
        return b"%d" % value
    if not isinstance(value, bytes) or b"\0" in value:
        return None
    if field_name.endswith("net"):
        return b"%s/%d" % (addresses.text_of(value), len(value) * 4)
    return addresses.text_of(value) if field_name.endswith("ip") else value


def _accepted(field_name: FieldRef, operator: str, value: bytes) -> bool:
    """Whether a rule may say it: a number may be larger than a field's type."""
    try:
        parse_literal(operands.shape(field_name).type, operator, value)
    except ValueError:
        return False
    return True


@st.composite
def _near(draw: st.DrawFn, found: Sequence[Called]) -> Expr:
    """A check that holds on one of the calls, or its negation, which may hold on the others."""
    event = draw(st.sampled_from(found)).event
    field_name = draw(st.sampled_from(_fields(event.type)))
    text = _written(extract(field_name, event), field_name.name)
    if text is None:
        return draw(CHECK)
    texts = isinstance(extract(field_name, event), bytes) and not field_name.name.endswith(("ip", "net"))
    operator = draw(st.sampled_from(_TEXTS if texts else _EQUAL))
    part = draw(st.sampled_from([text, text, text.partition(b"|")[0], text[-9:]])) if texts else text
    if not _accepted(field_name, operator, part):
        return draw(CHECK)
    items = (Literal(part),)
    check = Check(field_name, operator, ListLiteral(items) if operator in _LIST else items[0])
    return Not(check) if draw(st.booleans()) else check


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Expr], list[Called]]:
    """Conditions on the event types of some calls, and these calls."""
    found = draw(st.lists(called(), min_size=1, max_size=6))
    names = tuple(Literal(name) for name in dict.fromkeys(one.event.type.encode() for one in found))
    of_types = Check(FieldRef("evt.type"), "in", ListLiteral(names))
    near = _near(found)
    either = st.one_of(near, near, near, st.tuples(near, near).map(Or), st.tuples(near, near).map(And))
    drawn = draw(st.lists(either | conditions(CHECK, 6), min_size=2, max_size=5))
    return [And((of_types, one)) for one in drawn], found
