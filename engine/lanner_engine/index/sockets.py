# SPDX-License-Identifier: Apache-2.0
"""Sockets: what must hold of the socket behind a call's descriptor when the call ends, so that a check of it
can be true.

Comes in: a check, or the negation of one, and an event type. Out: tests of numbers, none where nothing is
certain. The kernel answers from struct sock only: of an end that the address of a call names, as that of a
datagram or of a connect that failed, all is possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lanner_engine.ast import Check, FieldRef
from lanner_engine.fields.addresses import Network
from lanner_engine.fields.tables.socket_kinds import (
    AF_INET,
    AF_INET6,
    CALLED,
    CALLING,
    FAMILIES,
    NO_PROTOCOL,
    PROTOCOLS,
    RAW,
)
from lanner_engine.fields.types import TYPES, parse_literal
from lanner_engine.index import arguments, numbers
from lanner_engine.index.classes import CLASSES
from lanner_engine.index.names import values
from lanner_engine.index.numbers import (
    ANYTHING,
    IS_UNIX,
    NO_SOCKET,
    RAW_PROTOCOL,
    Numbers,
    Question,
    Source,
)
from lanner_engine.reference.comparison import compare

_SOCKETS: Final = CLASSES["socket"]
_DESCRIPTORS: Final = _SOCKETS | arguments.DUPLICATES
_PORTS: Final = {"l": Source.LOCAL_PORT, "r": Source.REMOTE_PORT}
_ADDRESSES: Final = {"l": Source.LOCAL_ADDRESS, "r": Source.REMOTE_ADDRESS}
_NETS: Final = {"l": Source.LOCAL_NET, "r": Source.REMOTE_NET}
_LETTERS: Final = "lrcs"
_OF_WHOLE: Final = frozenset({"fd.type", "fd.typechar", "fd.l4proto"})
_FIELDS: Final = (
    _OF_WHOLE | {"fd.name"} | {f"fd.{letter}{what}" for letter in _LETTERS for what in ("port", "ip", "net")}
)
_OF_SOCKETS: Final = frozenset(
    one for family in FAMILIES.values() for one in family if one != b"u"
)  # what only a socket is: the letter u a userfaultfd has, too
_NO_KIND: Final = (b"o", b"<NA>")
_MAPPED: Final = b"\0" * 10 + b"\xff\xff"
_IPV4: Final = 4
_IPV4_BITS: Final = 32
_MARK: Final = 0xFFFF  # in the middle of an address of IPv4 as IPv6 has it
_KEPT: Final = 8  # bytes of a unix socket's name that the kernel compares
_NOT_UNIX: Final = 0
# What has an address and a port: of a socket of another kind no number says that it has none.
_OF_IP: Final = numbers.test(Question(Source.SOCKET_FAMILY), (AF_INET, AF_INET6), others=False)


def asks(field: str) -> bool:
    """Whether a check of the field can say anything of a socket."""
    return field in _FIELDS


def signature(event_type: str) -> object:
    """Equal for event types of one class on which the fields mean the same numbers."""
    return event_type in _DESCRIPTORS, event_type in CALLING, event_type in CALLED


def of_check(check: Check, event_type: str, *, negated: bool) -> Numbers:
    """Tests that hold whenever a check of a field that `asks` does, or its negation. A negated check holds of
    what is not there, which no number tells.
    """
    assert isinstance(check.left, FieldRef)  # noqa: S101  asks
    if event_type not in _DESCRIPTORS or not values(check) or check.modifier not in (None, "anyof"):
        return ANYTHING
    found = _of_field(check, check.left.name, event_type, negated=negated)
    return found if numbers.possible(found) or not negated else ANYTHING


def _of_field(check: Check, field: str, event_type: str, *, negated: bool) -> Numbers:
    if field in _OF_WHOLE and len(values(check)) <= arguments.MAX_VALUES:
        return _of_whole(check, field, negated=negated)
    if event_type not in _SOCKETS or field in _OF_WHOLE:
        return ANYTHING
    if field == "fd.name":
        return _of_name(check) if event_type in CALLING and not negated else ANYTHING
    found = _of_end(check, field, event_type, negated=negated)
    return found if negated else numbers.conjunction((found, _OF_IP))


def _of_whole(check: Check, field: str, *, negated: bool) -> Numbers:
    if field == "fd.l4proto":
        return _of_protocol(check, negated=negated)
    return _of_kind(check, field == "fd.type", negated=negated)


def _of_kind(check: Check, as_type: bool, *, negated: bool) -> Numbers:
    """IPv4 through a socket of IPv6 is IPv4."""

    def may(*kinds: tuple[bytes, bytes]) -> bool:
        return any(_holds(check, kind[as_type]) is not negated for kind in kinds)

    asked = arguments.among(check, negated=negated)
    possible = {family: may(kind) for family, kind in FAMILIES.items()}
    possible[AF_INET6] = may(FAMILIES[AF_INET], FAMILIES[AF_INET6])
    possible[NO_SOCKET] = not (asked and _OF_SOCKETS.issuperset(values(check)))
    others = may(_NO_KIND)
    listed = {number for number, one in possible.items() if one is not others}
    return numbers.test(Question(Source.SOCKET_FAMILY), listed, others=others)


def _of_protocol(check: Check, *, negated: bool) -> Numbers:
    """What is no IP socket has the text of an unknown protocol."""
    texts = {**PROTOCOLS, RAW_PROTOCOL: RAW}
    others = _holds(check, NO_PROTOCOL) is not negated
    listed = {number for number, text in texts.items() if (_holds(check, text) is not negated) is not others}
    return numbers.test(Question(Source.SOCKET_PROTOCOL), listed, others=others)


def _holds(check: Check, text: bytes) -> bool:
    """`!=` of one value, everything else of any."""
    listed = list(values(check))
    if check.operator in ("in", "intersects", "pmatch"):
        return compare(check.operator, text, [*listed])
    return any(compare(check.operator, text, [one]) for one in listed)


def _of_end(check: Check, field: str, event_type: str, *, negated: bool) -> Numbers:
    side = _side(field[len("fd.")], event_type)
    if side is None:
        return ANYTHING
    if field.endswith("port"):
        # The other end of a raw socket has port 0, no own end has.
        least = 0 if side == "r" else 1
        question = Question(_PORTS[side])
        return arguments.equal(check, question, lambda one: one if one >= least else None, negated=negated)
    asked = arguments.among(check, negated=negated)
    if asked is None:
        return ANYTHING
    if field.endswith("net"):
        return _of_networks(_NETS[side], tuple(_networks(check)), inside=asked)
    return numbers.test(Question(_ADDRESSES[side]), _addresses(check), others=not asked)


def _side(letter: str, event_type: str) -> str | None:
    """The end by place that has a role; None: that depends on more than the call."""
    if letter in _PORTS:
        return letter
    if event_type in CALLING:
        return "r" if letter == "s" else "l"
    return ("l" if letter == "s" else "r") if event_type in CALLED else None


def _addresses(check: Check) -> Iterator[int]:
    """As the kernel has them: IPv4 mapped into IPv6, which is what no address of IPv6 is written as."""
    for value in values(check):
        address = parse_literal(TYPES["IPADDR"], check.operator, value)
        assert isinstance(address, bytes)  # noqa: S101  IPADDR
        if len(address) == _IPV4 or not address.startswith(_MAPPED):
            yield int.from_bytes(address if len(address) > _IPV4 else _MAPPED + address, "little")


def _networks(check: Check) -> Iterator[Network]:
    for value in values(check):
        found = parse_literal(TYPES["IPNET"], check.operator, value)
        assert isinstance(found, Network)  # noqa: S101  IPNET
        yield found


def _of_networks(source: Source, asked: Sequence[Network], *, inside: bool) -> Numbers:
    """A question has one mask: to lie in one of several is to lie in one of those with the fewest bits around
    them; to lie in none is a question for each length. Networks of IPv6 are not asked.
    """
    known = [one for one in asked if one.size == _IPV4]
    if not inside:
        lengths = {one.bits for one in known}
        return numbers.conjunction(_of_length(source, known, bits, inside=False) for bits in lengths)
    if len(known) < len(asked):
        return ANYTHING
    return _of_length(source, known, min(one.bits for one in known), inside=True)


def _of_length(source: Source, known: Sequence[Network], bits: int, *, inside: bool) -> Numbers:
    """In one of these, shortened to so many bits, or in none of those that have as many."""
    rest = _IPV4_BITS - bits
    mask = _half((1 << bits) - 1 << rest, (1 << _IPV4_BITS) - 1)
    listed = {_half(one.prefix >> one.bits - bits << rest) for one in known if inside or one.bits == bits}
    return numbers.test(Question(source, mask), listed, others=not inside)


def _half(address: int, mapped: int = _MARK) -> int:
    """The lower half of an address of IPv4 as IPv6 has it, as the kernel reads it."""
    return int.from_bytes((mapped << _IPV4_BITS | address).to_bytes(8), "little")


def _of_name(check: Check) -> Numbers:
    """Of a unix socket by its end; the name of any other has none, or ends with the digits of a port."""
    exact = check.operator in ("=", "==", "in", "intersects")
    listed = set()
    for value in values(check):
        if not (exact or (check.operator == "endswith" and len(value) >= _KEPT)):
            return ANYTHING
        listed.add(IS_UNIX | int.from_bytes(value[-_KEPT:], "little"))
        if not value or value[-1:].isdigit():
            listed.add(_NOT_UNIX)
    return numbers.test(Question(Source.UNIX_NAME), listed, others=False)
