# SPDX-License-Identifier: Apache-2.0
"""The names of hosts in rules -> the addresses they have now, kept up to date by a few threads.

A change of rules comes in by `resolve`; each event that a rule asks about names reads `snapshot`.

`snapshot` gives a finished table: the thread that asks waits for nothing. An address counts for
ADDRESS_TTL_S after the last answer that held it, since a process may have been answered some time ago and
servers give a part of their addresses in turns. Where the resolver fails, what it said last holds for
STALE_TTL_S. Everything is bounded: names, addresses, threads, questions a second.
"""

from __future__ import annotations

import heapq
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lanner_agent.decode.host_names import HostNames
from lanner_agent.enrich import resolving

WORKERS: Final = 4
MAX_NAMES: Final = 1000  # in the cluster's rules or in files
MAX_IN_NAMESPACE: Final = 100
MAX_ALTOGETHER: Final = 4000
REFRESH_S: Final = 60.0  # between two questions for one name; the resolver tells no TTL
QUESTION_EVERY_S: Final = 0.1  # and at least this much for each name, which bounds a node's questions
RETRY_S: Final = (5.0, 300.0)  # after a failure, doubling
JITTER: Final = 0.25
ADDRESS_TTL_S: Final = 600.0
STALE_TTL_S: Final = 3600.0
PUBLISH_S: Final = 0.5  # between two snapshots while many answers come
MAX_COMPLAINTS: Final = 20  # names whose first failure is said
NOT_DUE: Final = float("inf")

Owners = frozenset[bytes]  # namespaces whose rules hold the name, b"" for everybody's


@dataclass(slots=True)
class _Host:
    """One name. `seen`: address -> when an answer last held it, on the clock."""

    owners: Owners
    seen: dict[bytes, float] = field(default_factory=dict)
    due: float = NOT_DUE  # when it is asked for next; NOT_DUE while it is asked for
    asked: bool = False
    answered: float = 0.0
    failures: int = 0  # since the last answer


class ResolvedNames:
    """One for the life of the agent. Starts no thread before a rule names a host."""

    def __init__(
        self,
        say: Callable[[str], None],
        resolve: Callable[[bytes], frozenset[bytes]] = resolving.addresses,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._say = say
        self._resolve = resolve
        self._clock = clock
        self._changed = threading.Condition()
        self._hosts: dict[bytes, _Host] = {}
        self._due: list[tuple[float, bytes]] = []
        self._threads: list[threading.Thread] = []
        self._totals: Counter[str] = Counter()
        self._refused = 0
        self._said: set[bytes] = set()
        self._snapshot = HostNames()
        self._stale = False  # answers came that the snapshot does not hold
        self._published = 0.0
        self._closing = False

    def snapshot(self) -> HostNames:
        """What is known. Any thread."""
        return self._snapshot

    def resolve(self, names: Mapping[str, frozenset[bytes]]) -> None:
        """Resolve these names (by namespace, "" for everybody's) from now on, and no others."""
        owners, refused = _bounded(names)
        with self._changed:
            self._refused = refused
            for name in self._hosts.keys() - owners.keys():
                del self._hosts[name]
            for name, whose in owners.items():
                if name not in self._hosts:
                    self._hosts[name] = _Host(whose)
                    self._ask_at(name, self._clock())
                self._hosts[name].owners = whose
            self._publish()
            self._start(min(WORKERS, len(owners)))
            self._changed.notify_all()
        if refused:
            self._say(f"{refused} names of hosts in rules are more than are possible and are not resolved")

    def ready(self, timeout_s: float) -> bool:
        """Wait until every name was asked for once."""
        with self._changed:
            return self._changed.wait_for(lambda: all(host.asked for host in self._hosts.values()), timeout_s)

    def counts(self) -> dict[str, int]:
        """Numbers for people: names now, questions since the start."""
        with self._changed:
            hosts = list(self._hosts.values())
            state = {
                "names": len(hosts),
                "without an address": sum(not host.seen for host in hosts),
                "on old answers": sum(bool(host.seen) and host.failures > 0 for host in hosts),
                "too many": self._refused,
            }
            return {what: number for what, number in (state | self._totals).items() if number}

    def close(self) -> None:
        """Ends the threads; one that waits for a server ends with the process."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def _start(self, number: int) -> None:
        while len(self._threads) < number:
            thread = threading.Thread(target=self._work, name="lanner-names", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (name := self._next()) is not None:
            try:
                self._answered(name, self._resolve(name))
            except Exception as error:  # an unforeseen one too: no thread may end by a name
                self._failed(name, str(error))

    def _next(self) -> bytes | None:
        """The next name that is due, when it is."""
        with self._changed:
            while not self._closing:
                rest = self._due[0][0] - self._clock() if self._due else None
                if rest is not None and rest <= 0:
                    due, name = heapq.heappop(self._due)
                    host = self._hosts.get(name)
                    if host is None or host.due != due:  # gone, or asked for at another time
                        continue
                    host.due = NOT_DUE
                    return name
                if self._stale:
                    self._publish()
                self._changed.wait(rest)
            return None

    def _answered(self, name: bytes, found: frozenset[bytes]) -> None:
        with self._changed:
            host = self._hosts.get(name)
            if host is None:
                return
            now = self._clock()
            before = host.seen
            kept = {address: at for address, at in before.items() if at > now - ADDRESS_TTL_S}
            host.seen = kept | dict.fromkeys(found, now)
            host.answered, host.failures = now, 0
            self._totals["answers"] += 1
            self._over(name, host, self._pause(), changed=host.seen.keys() != before.keys())
            first = not host.seen and self._is_news(name)
        if first:
            self._say(f"the name {name.decode()} in rules has no address")

    def _failed(self, name: bytes, why: str) -> None:
        with self._changed:
            host = self._hosts.get(name)
            if host is None:
                return
            host.failures += 1
            self._totals["failures"] += 1
            too_old = bool(host.seen) and self._clock() - host.answered > STALE_TTL_S
            if too_old:
                host.seen = {}
            shortest, longest = RETRY_S
            pause = min(longest, shortest * 2 ** min(host.failures - 1, 10))
            self._over(name, host, max(pause, len(self._hosts) * QUESTION_EVERY_S), changed=too_old)
            first = self._is_news(name)
        if first:
            self._say(f"the name {name.decode()} in rules cannot be resolved: {why}")

    def _over(self, name: bytes, host: _Host, pause: float, *, changed: bool) -> None:
        """Ask again later, with the lock held."""
        host.asked = True
        spread = 1 + random.uniform(-JITTER, JITTER)  # noqa: S311 (keeps nodes apart, hides nothing)
        self._ask_at(name, self._clock() + pause * spread)
        self._stale |= changed
        if self._stale and self._clock() - self._published > PUBLISH_S:
            self._publish()
        self._changed.notify_all()

    def _ask_at(self, name: bytes, due: float) -> None:
        self._hosts[name].due = due
        heapq.heappush(self._due, (due, name))

    def _is_news(self, name: bytes) -> bool:
        if name in self._said or len(self._said) >= MAX_COMPLAINTS:
            return False
        self._said.add(name)
        return True

    def _pause(self) -> float:
        return max(REFRESH_S, len(self._hosts) * QUESTION_EVERY_S)

    def _publish(self) -> None:
        """A new snapshot, with the lock held."""
        tables: dict[bytes, dict[bytes, list[bytes]]] = {}
        for name in sorted(self._hosts):
            host = self._hosts[name]
            for owner in host.owners:
                table = tables.setdefault(owner, {})
                for address in host.seen:
                    table.setdefault(address, []).append(name)
        done = {owner: {at: tuple(names) for at, names in table.items()} for owner, table in tables.items()}
        self._snapshot = HostNames(done.pop(b"", {}), done)
        self._stale = False
        self._published = self._clock()


def _bounded(names: Mapping[str, frozenset[bytes]]) -> tuple[dict[bytes, Owners], int]:
    """Name -> whose it is, and how many have no room. No namespace can take another's, nor the cluster's."""
    owners: dict[bytes, set[bytes]] = {}
    refused = 0
    for owner in sorted(names):  # "" first
        most = MAX_IN_NAMESPACE if owner else MAX_NAMES
        for at, name in enumerate(_ordered(names[owner])):
            if at < most and (name in owners or len(owners) < MAX_ALTOGETHER):
                owners.setdefault(name, set()).add(owner.encode())
            else:
                refused += 1
    return {name: frozenset(whose) for name, whose in owners.items()}, refused


def _ordered(names: Iterable[bytes]) -> list[bytes]:
    """The same ones on every node."""
    return sorted(names)
