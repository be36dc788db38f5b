# SPDX-License-Identifier: Apache-2.0
"""Who may have how much of one output's queue, so that one source of alerts does not keep out another.

A tenant writes own rules and chooses their priority, so these have a part of their own, together and each
namespace, and the reserve is none of theirs. The cluster's rules about the pods of a namespace have one too,
Critical and above apart: a flood of small ones hides no severe one. One of its rules has half at most. What
happens on the host has no share, it may have all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lanner_agent.publish import escape
from lanner_agent.publish.snapshot import Snapshot
from lanner_engine.program.rule import Priority

NAMESPACE: Final = 1 / 4
RULE: Final = 1 / 2  # of the cluster or of a file
TENANTS: Final = 1 / 2  # rules of all namespaces together
RESERVED: Final = 1 / 10  # for what is urgent
_KEPT: Final = 1000  # shares of which nothing waits any more

Key = tuple[str, str]  # a kind of share, and the name of who has it
Keys = tuple[Key, ...]
# Namespace of a rule's owner, the rule's name and priority, namespace of the pod: what decides about shares.
_Whose = tuple[str, str, Priority, bytes | None]
_PARTS: Final = {"rule": RULE, "tenants": TENANTS, "own": NAMESPACE, "urgent": NAMESPACE, "other": NAMESPACE}
_WORDS: Final = {
    "rule": "rule {}",
    "tenants": "rules of namespaces",
    "own": "namespace {}'s own rules",
    "urgent": "pods of namespace {}",
    "other": "pods of namespace {}",
}


@dataclass(slots=True)
class Share:
    """Of who has the `key`. The thread that puts writes the first two numbers, the one that takes the others,
    so no lock is needed.
    """

    key: Key
    most: int
    most_bytes: int
    alerts_in: int = 0
    bytes_in: int = 0
    alerts_out: int = 0
    bytes_out: int = 0

    @property
    def words(self) -> str:
        """Who has it, for people."""
        return words(self.key)

    @property
    def empty(self) -> bool:
        return self.alerts_in == self.alerts_out

    def has_room(self, size: int) -> bool:
        """One alert fits into every share that is empty: the queue's own bound says what is too large."""
        waiting = self.alerts_in - self.alerts_out
        fits = self.bytes_in - self.bytes_out + size <= self.most_bytes
        return not waiting or (waiting < self.most and fits)

    def put(self, size: int) -> None:
        self.alerts_in += 1
        self.bytes_in += size

    def take(self, size: int) -> None:
        self.alerts_out += 1
        self.bytes_out += size


class Shares:
    """Of a queue of so many alerts and bytes. For the thread that puts."""

    def __init__(self, alerts: int, size: int) -> None:
        self._alerts, self._size = alerts, size
        self._shares: dict[Key, Share] = {}
        self._known: dict[_Whose, tuple[Share, ...]] = {}
        self._sweep_at = _KEPT

    def of(self, alert: Snapshot) -> tuple[Share, ...]:
        """All that an alert counts in."""
        rule = alert.rule
        whose = _tenant(alert), rule.name, rule.priority, alert.container.pod_namespace
        found = self._known.get(whose)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[whose] = self.named(_keys(alert))
        return found

    def named(self, keys: Iterable[Key]) -> tuple[Share, ...]:
        """Those of these names."""
        self._sweep()  # first, since a share that was just made is empty too
        return tuple(map(self._share, keys))

    def _share(self, key: Key) -> Share:
        found = self._shares.get(key)
        if found is None:
            of_all = part(key)
            found = self._shares[key] = Share(key, int(self._alerts * of_all), int(self._size * of_all))
        return found

    def _sweep(self) -> None:
        """Namespaces come and go, as does what waits: no more is kept than twice of that."""
        if len(self._shares) >= self._sweep_at:
            self._shares = {key: share for key, share in self._shares.items() if not share.empty}
            self._known.clear()
            self._sweep_at = max(_KEPT, 2 * len(self._shares))


def part(key: Key) -> float:
    """Of the whole."""
    return _PARTS[key[0]]


def words(key: Key) -> str:
    """Whose share it is, for people."""
    kind, name = key
    return _WORDS[kind].format(escape.decode(name.encode("utf-8", "surrogateescape")))


def is_urgent(alert: Snapshot) -> bool:
    """Whether it may use what is kept in reserve."""
    return not _tenant(alert) and alert.rule.priority <= Priority.CRITICAL


def keys(alert: Snapshot) -> Keys:
    """Names of the shares that it counts in."""
    return tuple(_keys(alert))


def packed(names: Keys) -> bytes:
    """As bytes for a file."""
    return json.dumps(names, separators=(",", ":")).encode()


def unpacked(data: bytes) -> Keys:
    """What `packed` made; nothing of what it did not make."""
    try:
        return tuple(
            (kind, name) for kind, name in json.loads(data) if kind in _PARTS and isinstance(name, str)
        )
    except (ValueError, TypeError):
        return ()


def _tenant(alert: Snapshot) -> str:
    return alert.rule.owner.namespace if alert.rule.owner else ""


def _keys(alert: Snapshot) -> Iterator[Key]:
    tenant, namespace = _tenant(alert), alert.container.pod_namespace
    if tenant:  # who may choose the names of rules; a namespace has less than a rule
        yield "tenants", ""
        yield "own", tenant
        return
    yield "rule", alert.rule.name
    if namespace:
        name = namespace.decode("utf-8", "surrogateescape")
        yield "urgent" if is_urgent(alert) else "other", name
