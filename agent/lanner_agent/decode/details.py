# SPDX-License-Identifier: Apache-2.0
"""What few rules read of a process, from struct more_facts among the record's strings. What no rule in force
asks for is absent.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from typing import Final

from lanner_agent.decode import inode, texts
from lanner_agent.decode.call_file import ANONYMOUS, CallFile
from lanner_agent.kernel.record_layout import (
    ANCESTOR_FACTS,
    ANONYMOUS_NAME,
    DESCRIPTOR_FACTS,
    MORE_FACTS,
    OPEN_DESCRIPTOR,
    USAGE_FACTS,
    MoreFactsAt,
    TextRef,
    UsageFacts,
)
from lanner_engine.fields.model import Usage
from lanner_engine.fields.tables.socket_kinds import FAMILIES

_SIZE: Final = MORE_FACTS.size
_LEADER: Final = MoreFactsAt.leader
_STANDARD: Final = MoreFactsAt.standard
_STANDARD_SIZE: Final = DESCRIPTOR_FACTS.size
_USAGE: Final = MoreFactsAt.usage
_DESCRIPTORS: Final = MoreFactsAt.descriptors
_CGROUPS: Final = MoreFactsAt.cgroups
_read_usage = USAGE_FACTS.unpack_from
_FORMAT_SHIFT: Final = 12
_SOCKET: Final = stat.S_IFSOCK >> _FORMAT_SHIFT
_MEMFD: Final = b"memfd:"
_CUT_NAMES: Final = {name[: ANONYMOUS_NAME - 1]: kind for name, kind in ANONYMOUS.items()}
_KNOWN: Final = inode.FILE_KNOWN


class Details:
    """`at` is where the struct lies in the record's bytes."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    def leader(self, which: int) -> int:
        """Where the facts of the leader of the session (0) or the group (1) lie."""
        return self._at + _LEADER + which * ANCESTOR_FACTS.size

    def standard(self, number: int) -> CallFile | None:
        """Descriptor 0, 1 or 2; None when it is closed."""
        found = CallFile(self._data, "", None, self._at + _STANDARD + number * _STANDARD_SIZE)
        return found if found.known else None

    @property
    def usage(self) -> Usage | None:
        found = UsageFacts._make(_read_usage(self._data, self._at + _USAGE))
        if not found.descriptors_limit:  # every process has a limit: 0 is not recorded
            return None
        return Usage(*found[:-1])

    @property
    def descriptor_kinds(self) -> Mapping[int, bytes] | None:
        """Number -> kind, of the first 255 open ones."""
        found = texts.bytes_at(self._data, self._at + _DESCRIPTORS)
        whole = found[: len(found) // OPEN_DESCRIPTOR.size * OPEN_DESCRIPTOR.size]
        return {number: _kind(*rest) for number, *rest in OPEN_DESCRIPTOR.iter_unpack(whole)} or None

    @property
    def cgroups(self) -> Mapping[bytes, bytes] | None:
        """Controller -> path."""
        parts = texts.bytes_at(self._data, self._at + _CGROUPS).split(b"\0")
        return {name: path or b"/" for name, path in zip(parts[::2], parts[1::2], strict=False)} or None


def found_at(data: bytes, where: TextRef) -> Details | None:
    """What a text of the record points to, if it lies there whole."""
    at, length = texts.place(where)
    return Details(data, at) if length == _SIZE and at + _SIZE <= len(data) else None


def _kind(format_: int, family: int, name: bytes) -> bytes:
    text = name.partition(b"\0")[0]
    if format_ == _SOCKET:
        found = FAMILIES.get(family, inode.UNKNOWN)
    elif text.startswith(_MEMFD):
        found = inode.MEMORY
    else:
        found = inode.kind(_KNOWN, format_ << _FORMAT_SHIFT) or inode.UNKNOWN
        found = _CUT_NAMES.get(text, found) if text else found
    return found[1] or b"unknown"
