# SPDX-License-Identifier: Apache-2.0
"""What a record does not hold and an event asks of the rest of the agent; enrich/lookups.py answers it.

A question is asked only when a rule or an output reads the field, and the answer comes from memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from lanner_agent.decode.host_names import HostNames
from lanner_engine.fields.model import Container, ExecSession, Process, User

Relatives = Sequence[tuple[tuple[int, int], Process]]  # by pid and start, ns since boot


class Watcher(Protocol):
    """`namespace`: the pid namespace that its numbers are of, as the number of its inode."""

    @property
    def namespace(self) -> int: ...

    def numbers(self, namespace: int) -> frozenset[int]:
        """Its threads, and its group as a negative number, for a process of that pid namespace."""
        ...

    def is_parent(self, pid: int) -> bool:
        """Whether that process started it."""
        ...


class Lookups(Protocol):
    """Belongs to the loop's thread. No answer waits for a runtime, a file or a lock."""

    @property
    def hostname(self) -> bytes:
        """Of the node."""
        ...

    def identify(self, path: bytes) -> bytes | None:
        """What the container is known by that a cgroup path names, None on the host: its full id, or another
        key for one that a user made.
        """
        ...

    def container(self, full_id: bytes) -> Container:
        """What is known of a container by now; at least its ids."""
        ...

    def user(self, container: bytes | None, pid: int, uid: int, loginuid: int) -> User:
        """The account as that process sees it. `container`: its full id; `loginuid`: -1 unset."""
        ...

    def group(self, container: bytes | None, pid: int, gid: int) -> bytes:
        """The name of the group as that process sees it."""
        ...

    def exec_session(
        self, kind: str, time: int, container: Container, relatives: Callable[[], Relatives]
    ) -> ExecSession | None:
        """Who had the API server let them into the container where an event of this type is, at this time.
        `relatives` gives its process, the ancestors, the nearest first, and the creators.
        """
        ...

    def host_names(self) -> HostNames:
        """What is known now of the names of hosts in rules."""
        ...

    @property
    def watcher(self) -> Watcher:
        """The process that watches, as others reach it."""
        ...

    def environment(self, pid: int, start: int) -> tuple[bytes, ...] | None:
        """Of a process that still runs and began `start` ns after boot; None where it is not known."""
        ...
