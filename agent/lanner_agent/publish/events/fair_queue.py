# SPDX-License-Identifier: Apache-2.0
"""Series that wait for the API server, in fair turns. It is used under the ledger's lock.

Ranks have shares: the cluster's urgent alerts go first, and of eight writes the other ranks have two each
while all wait. Within a rank namespaces take turns, within a namespace pods (account_queue). So an alert
waits for a few of each other namespace, never for all that one of them has.

Bounded in all, by account and by pod: where too many wait, the pod with the most on the account with the
most loses the oldest of its least severe.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lanner_agent.publish.events.account import Account, Rank
from lanner_agent.publish.events.account_queue import AccountQueue
from lanner_agent.publish.events.series import Series

SHARES: Final = {Rank.URGENT: 4, Rank.CLUSTER: 2, Rank.OWN: 2}  # of eight writes


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many Events may wait to be created."""

    all: int
    account: int
    pod: int

    @classmethod
    def for_queue(cls, length: int) -> Bounds:
        return cls(length, max(1, length // 4), max(1, length // 20))


@dataclass(frozen=True, slots=True)
class Wait:
    """`number` writes wait on an account, the first of them `since`."""

    account: Account
    number: int
    since: float


class FairQueue:
    """`len` is the number of Events that are to be created."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._ranks: dict[Rank, OrderedDict[Account, AccountQueue]] = {rank: OrderedDict() for rank in Rank}
        self._credit = dict(SHARES)
        self._new = 0

    def __len__(self) -> int:
        return self._new

    def add(self, series: Series, now: float) -> Series | None:
        """To be created. Returns the one that had to go, which may be this one."""
        queue = self._put(series, now, new=True)
        self._new += 1
        if queue.pods[series.pod] > self._bounds.pod:
            return self._crowded_out(queue, series.pod)
        if queue.new > self._bounds.account:
            return self._crowded_out(queue, queue.fullest())
        if self._new > self._bounds.all:
            longest = max(self._queues(), key=lambda one: one.new)
            return self._crowded_out(longest, longest.fullest())
        return None

    def add_due(self, series: Series, now: float) -> None:
        """Its count is to be written; nothing changes when it waits already."""
        if series not in self:
            self._put(series, now, new=False)

    def __contains__(self, series: Series) -> bool:
        queue = self._ranks[series.account.rank].get(series.account)
        return queue is not None and series in queue

    def remove(self, series: Series) -> bool:
        """False when it did not wait."""
        accounts = self._ranks[series.account.rank]
        queue = accounts.get(series.account)
        if queue is None:
            return False
        before = queue.new
        removed = queue.remove(series)
        self._new -= before - queue.new
        if not len(queue):
            del accounts[series.account]
        return removed

    def first(self, now: float, ranks: tuple[Rank, ...] = tuple(Rank)) -> Series | None:
        """Whose turn it is; it stays until `remove`, and stays the first until `turn`."""
        in_credit = [rank for rank in ranks if self._credit[rank]]
        for rank in (*in_credit, *ranks):
            series = self._of(rank, now)
            if series is not None:
                return series
        return None

    def turn(self, series: Series) -> None:
        """It was tried, with whatever result: others are next."""
        account = series.account
        if not self._credit[account.rank]:
            self._credit = dict(SHARES)
        self._credit[account.rank] -= 1
        accounts = self._ranks[account.rank]
        if account in accounts:
            accounts.move_to_end(account)
            accounts[account].turn(series)

    def hold(self, series: Series, until: float) -> None:
        """Nothing of its account is tried before; others do not wait for it."""
        queue = self._ranks[series.account.rank].get(series.account)
        if queue is not None:
            queue.held_until = until

    def next_at(self, now: float) -> float:
        """When the next account may be tried again that is held; inf without one."""
        return min((one.held_until for one in self._queues() if one.held_until > now), default=math.inf)

    def waits(self) -> list[Wait]:
        """By account, in no order."""
        found = (item for accounts in self._ranks.values() for item in accounts.items())
        return [Wait(account, len(queue), queue.oldest()) for account, queue in found]

    def _put(self, series: Series, now: float, new: bool) -> AccountQueue:
        accounts = self._ranks[series.account.rank]
        queue = accounts.get(series.account)
        if queue is None:
            queue = accounts[series.account] = AccountQueue()
        queue.put(series, now, new)
        return queue

    def _crowded_out(self, queue: AccountQueue, pod: bytes) -> Series:
        series = queue.least(pod)
        self.remove(series)
        return series

    def _of(self, rank: Rank, now: float) -> Series | None:
        return next((one.first() for one in self._ranks[rank].values() if one.held_until <= now), None)

    def _queues(self) -> Iterator[AccountQueue]:
        return (queue for accounts in self._ranks.values() for queue in accounts.values())
