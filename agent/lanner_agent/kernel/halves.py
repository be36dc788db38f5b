# SPDX-License-Identifier: Apache-2.0
"""Hash maps of the index, whose keys say in which half they lie: one half is replaced while the other is
asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import syscall_bpf
from lanner_agent.kernel.record_layout import (
    INDEX_FOREBEAR,
    INDEX_NAME,
    INDEX_NAME_KEY,
    INDEX_NUMBER_KEY,
    INDEX_USER,
    INDEX_USER_KEY,
    IndexNameKeyAt,
    IndexNumberKeyAt,
    IndexUserKeyAt,
)
from lanner_engine.source import LannerError

Entries = Mapping[bytes, bytes]  # keys and values as the kernel has them


class TooLargeError(LannerError):
    """More than the maps hold; the message says of what."""


@dataclass(frozen=True, slots=True)
class Hash:
    """Sizes in bytes, where the half stands in a key, and what its entries are of."""

    name: str
    key: int
    value: int
    half: int
    what: str

    def replace(self, fd: int, half: int, entries: Entries) -> None:
        """What is not in it any more is deleted first: there may be no room for both."""
        keys, _ = syscall_bpf.map_items(fd, self.key, self.value)
        for start in range(0, len(keys), self.key):
            found = keys[start : start + self.key]
            if found[self.half] == half and found not in entries:
                syscall_bpf.map_delete(fd, found)
        values = b"".join(entries.values())
        require_all(
            syscall_bpf.map_update_all(fd, b"".join(entries), values, len(entries)), entries, self.what
        )


NAMES: Final = Hash("index_names", INDEX_NAME_KEY.size, INDEX_NAME.size, IndexNameKeyAt.half, "processes")
FOREBEARS: Final = Hash(
    "index_forebears", INDEX_NAME_KEY.size, INDEX_FOREBEAR.size, IndexNameKeyAt.half, "ancestors"
)
NUMBERS: Final = Hash("index_numbers", INDEX_NUMBER_KEY.size, 4, IndexNumberKeyAt.half, "numbers")
USERS: Final = Hash("index_users", INDEX_USER_KEY.size, INDEX_USER.size, IndexUserKeyAt.half, "users")


def require_all(put: int, wanted: Collection[bytes], what: str) -> None:
    """What has no room was put nowhere."""
    if put < len(wanted):
        raise TooLargeError(f"the rules name {len(wanted)} {what}, of which the kernel holds {put}")
