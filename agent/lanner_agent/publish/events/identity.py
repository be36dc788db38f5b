# SPDX-License-Identifier: Apache-2.0
"""Which alerts are the same thing again, and the name their Event gets.

Same rule, same container of the same pod, same executable; never pid, arguments or time, which an attacker
or a loop changes at will. The name follows from that and from the window the series began in: the same
alert sent twice, or by an agent that was started again, meets its own Event instead of making a second.
"""

from __future__ import annotations

import hashlib
import os
import time

from lanner_agent.publish.events import names
from lanner_agent.publish.events.rule_card import RuleCard
from lanner_engine.fields.model import Container

Key = tuple[bytes, bytes, bytes, bytes]
Subject = tuple[bytes, bytes]

# No series of a key begins twice within it: a series ends only after that long without a repeat.
WINDOW_NS = 360 * 1_000_000_000
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID_LENGTH = 26


def key(card: RuleCard, container: Container, exepath: bytes) -> Key:
    """A container started again is the same one: known by its pod and name, by its id only without a pod."""
    return card.identity, container.pod_uid or container.full_id, container.name or b"", exepath


def subject(container: Container) -> bytes:
    """Whom limits count together: a pod, a container without one, or the host."""
    return container.pod_uid or container.full_id


def event_name(about: str, of: Key, node: str, first_ns: int) -> str:
    """`<about>.<16 hex>`; `first_ns` is the time of the series' first alert."""
    return names.event(about, _digest(node.encode(), *of, str(first_ns // WINDOW_NS).encode()))


def summary_name(node: str, first_ns: int) -> str:
    return names.event(node, _digest(b"summary", node.encode(), str(first_ns).encode()))


def dropped_name(node: str, time_ns: int) -> str:
    return names.event(node, _digest(b"dropped", node.encode(), str(time_ns).encode()))


def gap_name(node: str, begin_ns: int) -> str:
    return names.event(node, _digest(b"gap", node.encode(), str(begin_ns).encode()))


def alert_id() -> str:
    """A ULID: 26 characters that sort by time, so that one alert can be named (github.com/ulid/spec)."""
    number = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10))
    return "".join(_CROCKFORD[number >> 5 * place & 31] for place in reversed(range(_ID_LENGTH)))


def _digest(*parts: bytes) -> str:
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(b"%d:" % len(part))
        hashed.update(part)
    return hashed.hexdigest()[:16]
