# SPDX-License-Identifier: Apache-2.0
"""How these tests ask an inventory: as the loop does, again and again, with a clock beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lanner_agent.enrich.cgroup import Identity
from lanner_agent.enrich.containers import Answer, Containers, Pending
from lanner_engine.fields.model import Container

LATE_S = 1.0  # by which a busy machine may be late; nothing here waits for itself that long


@contextmanager
def inventory(endpoint: str | None, capacity: int = 2048) -> Iterator[Containers]:
    """Started, and asked once."""
    containers = Containers(endpoint, capacity=capacity)
    containers.start()
    try:
        assert containers.ready(15)
        yield containers
    finally:
        containers.close()


def settled(containers: Containers, identity: Identity, timeout: float = 5) -> tuple[Answer, float]:
    """The first answer that is not Pending, and the seconds it took."""
    began = time.monotonic()
    while isinstance(answer := containers.get(identity.full_id, identity), Pending):
        assert time.monotonic() - began < timeout, "pending for ever"
        time.sleep(0.002)
    return answer, time.monotonic() - began


def resolved(containers: Containers, identity: Identity, timeout: float = 20) -> Container:
    """The facts, however many other answers come first."""
    found = eventually(lambda: containers.get(identity.full_id, identity), is_container, timeout)
    assert isinstance(found, Container)
    return found


def eventually(
    look: Callable[[], object], enough: Callable[[object], bool] = bool, timeout: float = 20
) -> object:
    """What `look` sees once it is enough; AssertionError with what it saw last."""
    deadline = time.monotonic() + timeout
    while not enough(seen := look()):
        assert time.monotonic() < deadline, f"still {seen!r}"
        time.sleep(0.01)
    return seen


def is_container(answer: object) -> bool:
    return isinstance(answer, Container)


def of_pod(full_id: str) -> Identity:
    """As cgroup.identify makes it of a kubepods path."""
    return Identity(full_id.encode(), b"containerd", b"0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9")


def lone(full_id: str) -> Identity:
    """As cgroup.identify makes it of a path of `ctr run`."""
    return Identity(full_id.encode(), b"containerd")
