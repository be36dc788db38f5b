# SPDX-License-Identifier: Apache-2.0
"""Origins: whose events are counted together when a ring fills (bpf/event/fairness.h).

A container is one; on the host the first two names of a cgroup's path are: a service with all that it makes
below, a user with all sessions.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import record_layout

_HOST_NAMES: Final = 2
_MAX_KEPT: Final = 8192  # that are remembered by number
_NEW: Final = 1 << record_layout.ORIGIN_NEW_BIT


@dataclass(frozen=True, slots=True)
class Origin:
    """`container`: its full id. Without one `path` is a cgroup of the host; without both nothing is known."""

    container: bytes | None = None
    path: bytes = b""

    @property
    def number(self) -> int:
        """As the kernel has it: never 0, nor one that the kernel makes itself."""
        kind = b"host" if self.container is None else b"container"
        hashed = hashlib.blake2b(self.container or self.path, digest_size=8, person=kind)
        return int.from_bytes(hashed.digest()) & (_NEW - 1) | record_layout.ORIGIN_OTHERS << 1


UNKNOWN: Final = Origin()


def of_cgroup(path: bytes, container: bytes | None) -> Origin:
    """Of a cgroup with this path, which is of this container."""
    if container is not None:
        return Origin(container)
    return Origin(None, b"/" + b"/".join(path.split(b"/")[1 : 1 + _HOST_NAMES]))


class Known:
    """Origins by number, the newest ones. What is asked from one thread may be added in another."""

    def __init__(self) -> None:
        self._origins: dict[int, Origin] = {}
        self.get = self._origins.get

    def add(self, origin: Origin) -> int:
        """Its number."""
        number = origin.number
        if number not in self._origins and len(self._origins) >= _MAX_KEPT:
            del self._origins[next(iter(self._origins))]
        self._origins[number] = origin
        return number
