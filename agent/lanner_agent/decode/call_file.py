# SPDX-License-Identifier: Apache-2.0
"""The descriptor that a call uses or makes, or a standard one of the process, read from the record when
asked. Satisfies the engine's Descriptor.
"""

from __future__ import annotations

import socket as numbers
import struct
from enum import Enum
from typing import Final, Literal

from lanner_agent.decode import inode, sockets, texts, unix
from lanner_agent.decode.call import Call
from lanner_agent.decode.inode import UNKNOWN, KernelFile, Kind
from lanner_agent.kernel import calls
from lanner_agent.kernel.record_layout import (
    DESCRIPTOR_FACTS,
    SOCKET_FACTS,
    CallFactsAt,
    DescriptorFacts,
    DescriptorFactsAt,
    RecordAt,
    SocketFacts,
    SocketFactsAt,
)
from lanner_engine.fields.model import Socket
from lanner_engine.fields.tables.socket_kinds import CALLING, FAMILIES
from lanner_engine.syscalls import fast_open, table
from lanner_engine.syscalls.arguments import AnsweredOption

_DESCRIPTOR_AT: Final = RecordAt.call + CallFactsAt.descriptor
_SOCKET: Final = DescriptorFactsAt.socket
_FAMILY: Final = _SOCKET + SocketFactsAt.family
_PATH: Final = DescriptorFactsAt.path
_PEER: Final = DescriptorFactsAt.peer
_RESULT_AT: Final = RecordAt.result
_read_descriptor = DESCRIPTOR_FACTS.unpack_from
_read_socket = SOCKET_FACTS.unpack_from
_read_family = struct.Struct("<H").unpack_from
_read_result = struct.Struct("<q").unpack_from
_IPV4: Final = 4
_MAKING: Final = frozenset(name for name, call in calls.CALLS.items() if call.descriptor == calls.RESULT)
# In place of an address these have the value of an option.
_OPTIONS: Final = frozenset(
    name
    for name, row in table.CALLS.items()
    if any(isinstance(one, AnsweredOption) for one in row.parameters.values())
)
# What anonymous files are called (fs/anon_inodes.c and its callers).
ANONYMOUS: Final[dict[bytes, Kind]] = {
    b"[eventfd]": (b"e", b"event"),
    b"[signalfd]": (b"s", b"signalfd"),
    b"[eventpoll]": (b"l", b"eventpoll"),
    b"inotify": (b"i", b"inotify"),
    b"[timerfd]": (b"t", b"timerfd"),
    b"[userfaultfd]": (b"u", b"userfaultfd"),
    b"[io_uring]": (b"r", b"io_uring"),
    b"[pidfd]": (b"P", b"pidfd"),
    **dict.fromkeys((b"bpf-map", b"bpf-prog", b"bpf_link", b"btf", b"bpf_iter"), (b"b", b"bpf")),
}


class _Answer(Enum):
    NOT_READ = "not read"


_NOT_READ: Final = _Answer.NOT_READ


class CallFile(KernelFile):
    """`nameraw` is of opens only."""

    __slots__ = ("_at", "_call", "_data", "_event_type", "_facts", "_socket")
    nameraw: bytes | None = None

    def __init__(self, data: bytes, event_type: str, call: Call | None, at: int = _DESCRIPTOR_AT) -> None:
        self._data = data
        self._at = at
        self._event_type = event_type
        self._call = call
        self._facts: DescriptorFacts | None = None
        self._socket: Socket | Literal[_Answer.NOT_READ] | None = _NOT_READ

    @property
    def facts(self) -> DescriptorFacts:
        """Everything as the kernel wrote it, but for the socket."""
        found = self._facts
        if found is None:
            found = self._facts = DescriptorFacts._make(_read_descriptor(self._data, self._at))
        return found

    @property
    def num(self) -> int:
        """-1 where the call was to make one and failed."""
        found = self.facts.num
        return -1 if found < 0 and self._event_type in _MAKING else found

    @property
    def socket(self) -> Socket | None:
        found = self._socket
        if found is _NOT_READ:
            connects = self._event_type in CALLING or self.fast_open
            found = self._socket = sockets.made(
                self._socket_facts, self._address, self._event_type, self._failed, connects=connects
            )
        return found

    @property
    def fast_open(self) -> bool:
        """It is a send that was to make a TCP connection."""
        call, kind = self._call, self._event_type
        if call is None or kind not in fast_open.FLAGS or not fast_open.is_asked(kind, call.args):
            return False
        return sockets.is_tcp(self._socket_facts)

    @property
    def _socket_facts(self) -> SocketFacts:
        return SocketFacts._make(_read_socket(self._data, self._at + _SOCKET))

    @property
    def _address(self) -> bytes:
        """What the call gave or was answered."""
        return b"" if self._call is None or self._event_type in _OPTIONS else self._call.address

    @property
    def _failed(self) -> bool:
        return bool(_read_result(self._data, _RESULT_AT)[0] < 0)

    def _unix_name(self) -> bytes:
        facts = self._socket_facts
        peer = texts.bytes_at(self._data, self._at + _PEER)
        if self._event_type == "connect" and self._failed:
            peer = b""  # that of an earlier connect
        bound = texts.bytes_at(self._data, self._at + _PATH), peer
        return unix.name(self._event_type, facts.type, bound, self._address)

    @property
    def _family(self) -> int:
        return int(_read_family(self._data, self._at + _FAMILY)[0])

    @property
    def name(self) -> bytes | None:
        """A file's path, `ip:port->ip:port`, a unix socket's path (an abstract one with @); empty where it is
        open and has none.
        """
        return self._written() or (b"" if self.known else None)

    def _written(self) -> bytes | None:
        ends = self.socket
        if ends is not None:
            return sockets.tuple_text(ends)
        if self._family == numbers.AF_UNIX:
            return self._unix_name()
        return inode.name(texts.text_at(self._data, self._at + _PATH), self.facts.ino)

    def _kind(self) -> Kind:
        if self._family:
            return self._socket_kind()
        found = inode.kind(self.facts.file_flags, self.facts.file_mode)
        if found is None or found is inode.FILE:
            return ANONYMOUS.get(texts.text_at(self._data, self._at + _PATH), found or UNKNOWN)
        return found

    def _socket_kind(self) -> Kind:
        """By the addresses in use: IPv4 through an IPv6 socket is IPv4."""
        ends = self.socket
        end = None if ends is None else ends.remote or ends.local
        family = self._family if end is None or len(end.ip) != _IPV4 else int(numbers.AF_INET)
        return FAMILIES.get(family, UNKNOWN)
