# SPDX-License-Identifier: Apache-2.0
"""struct msghdr and struct mmsghdr as a process lays them out, of 64-bit programs and of 32-bit ones."""

from __future__ import annotations

import ctypes
import ipaddress
import socket
import struct
from dataclasses import dataclass

from tests.kernel.calling_32 import Calls32

Buffer = ctypes.Array[ctypes.c_char]
_kept: list[Buffer] = []  # what the kernel reads by its address must stay where it is


def keep(data: bytes) -> int:
    """Where these bytes lie from now on."""
    buffer = ctypes.create_string_buffer(data, len(data) or 1)
    _kept.append(buffer)
    return ctypes.addressof(buffer)


def ipv4(ip: str, port: int, family: int = socket.AF_INET) -> bytes:
    """struct sockaddr_in."""
    return struct.pack("=H", family) + struct.pack(">H4s8x", port, ipaddress.ip_address(ip).packed)


def ipv6(ip: str, port: int) -> bytes:
    """struct sockaddr_in6."""
    packed = ipaddress.ip_address(ip).packed
    return struct.pack("=H", socket.AF_INET6) + struct.pack(">H4x16s4x", port, packed)


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its address, and the pieces that its bytes are in. For receiving, pieces to write to."""

    pieces: tuple[bytes, ...]
    address: bytes = b""

    def header(self) -> bytes:
        """struct msghdr."""
        pieces = b"".join(struct.pack("QQ", keep(piece), len(piece)) for piece in self.pieces)
        name = keep(self.address) if self.address else 0
        at = keep(pieces)
        return struct.pack("QI4xQQQQi4x", name, len(self.address), at, len(self.pieces), 0, 0, 0)

    def header_32(self, calls: Calls32) -> bytes:
        """The same for a 32-bit program."""
        pieces = b"".join(struct.pack("II", calls.place(piece), len(piece)) for piece in self.pieces)
        name = calls.place(self.address) if self.address else 0
        at = calls.place(pieces)
        return struct.pack("IIIIIII", name, len(self.address), at, len(self.pieces), 0, 0, 0)


def array(*messages: Message) -> Buffer:
    """struct mmsghdr[]."""
    data = b"".join(message.header() + bytes(8) for message in messages)
    return ctypes.create_string_buffer(data, len(data) or 1)


def array_32(calls: Calls32, *messages: Message) -> int:
    """Where the 32-bit form of it now is."""
    return calls.place(b"".join(message.header_32(calls) + bytes(4) for message in messages))
