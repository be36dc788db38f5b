# SPDX-License-Identifier: Apache-2.0
"""IP addresses and networks: a value is the 4 or 16 bytes of an address, however a rule writes it.

Text of a rule in, values out (parse), and values back to text (text_of). Specification 3.2 and 3.3: IPv4 has
a dot; families never match each other.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import NamedTuple

_BEFORE_IPV4 = 96  # bits of an address of IPv6 that IPv4 lies in


class Network(NamedTuple):
    """`size` is that of its addresses in bytes, `prefix` the network's bits as a number, `bits` how many."""

    size: int
    bits: int
    prefix: int


def parse_address(text: bytes) -> bytes:
    """The bytes of an address.

    Raises:
        ValueError: it is none; the message completes the sentence "the value …".
    """
    try:
        if b"%" in text:
            raise ValueError
        if b"." in text and b":" not in text:
            return ipaddress.IPv4Address(text.decode("ascii")).packed
        found = ipaddress.IPv6Address(text.decode("ascii"))
    except ValueError:
        raise ValueError("is no IP address") from None
    if (inside := found.ipv4_mapped) is not None:
        raise ValueError(f"is no address of any event: IPv4 inside IPv6 is IPv4 there, write {inside}")
    return found.packed


def parse_network(text: bytes) -> Network:
    """`10.0.0.0/8`; bits behind the prefix do not matter.

    Raises:
        ValueError: it is none; the message completes the sentence "the value …".
    """
    address, slash, digits = text.partition(b"/")
    if not slash or not digits.isdigit() or len(digits) > len("128"):
        raise ValueError("is no network: write an address, a slash and the number of bits, as in 10.0.0.0/8")
    bits = int(digits)
    try:
        packed = parse_address(address)
    except ValueError as error:  # of IPv4 inside IPv6 it says the address to write
        more = f"/{max(0, bits - _BEFORE_IPV4)}" if "write " in str(error) else ""
        raise ValueError(f"{error}{more}") from None
    most = len(packed) * 8
    if bits > most:
        raise ValueError(f"is no network: an address has {most} bits")
    return Network(len(packed), bits, int.from_bytes(packed) >> most - bits)


def holds(network: Network, address: bytes) -> bool:
    """Whether an address lies in a network; one of the other family never does."""
    if len(address) != network.size:
        return False
    return int.from_bytes(address) >> network.size * 8 - network.bits == network.prefix


def matcher(networks: Iterable[Network]) -> Callable[[bytes], bool]:
    """Whether an address lies in one of the networks; asks once for each length of prefix."""
    grouped: dict[tuple[int, int], set[int]] = {}
    for network in networks:
        shift = network.size * 8 - network.bits
        grouped.setdefault((network.size, shift), set()).add(network.prefix)
    questions = [(size, shift, frozenset(prefixes)) for (size, shift), prefixes in grouped.items()]

    def matches(address: bytes) -> bool:
        number, length = int.from_bytes(address), len(address)
        for size, shift, prefixes in questions:  # noqa: SIM110  twice as fast as any()
            if length == size and number >> shift in prefixes:
                return True
        return False

    return matches


def text_of(address: bytes) -> bytes:
    """The usual writing; an address of another length, which no record holds, as hexadecimal digits."""
    if len(address) not in (4, 16):
        return address.hex().encode()
    return str(ipaddress.ip_address(address)).encode()
