# SPDX-License-Identifier: Apache-2.0
"""The series that a node keeps in mind, by their key. It is used under the ledger's lock.

Bounded in all and for each owner: where there are too many, the owner with the most forgets the one that was
not seen for the longest time. So a flood of one namespace costs no other namespace its counts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from lanner_agent.publish.events.account import Owner
from lanner_agent.publish.events.identity import Key
from lanner_agent.publish.events.series import Series


class Kept:
    """`most` of all, a quarter of it as the `share` of one owner."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.share = max(1, most // 4)
        self._series: dict[Key, Series] = {}
        self._owners: dict[Owner, OrderedDict[Series, None]] = {}  # least recently seen first

    def __len__(self) -> int:
        return len(self._series)

    def get(self, key: Key) -> Series | None:
        return self._series.get(key)

    def all(self) -> Iterable[Series]:
        return self._series.values()

    def seen(self, series: Series) -> None:
        self._owners[series.account.owner].move_to_end(series)

    def add(self, series: Series) -> Series | None:
        """The one that is forgotten for it."""
        self._series[series.key] = series
        of_owner = self._owners.setdefault(series.account.owner, OrderedDict())
        of_owner[series] = None
        if len(of_owner) > self.share:
            return self._forget(of_owner)
        if len(self._series) > self._most:
            return self._forget(max(self._owners.values(), key=len))
        return None

    def discard(self, series: Series) -> None:
        """Whether it is kept or not."""
        if self._series.get(series.key) is not series:
            return
        del self._series[series.key]
        of_owner = self._owners[series.account.owner]
        del of_owner[series]
        if not of_owner:
            del self._owners[series.account.owner]

    def _forget(self, of_owner: OrderedDict[Series, None]) -> Series:
        oldest = next(iter(of_owner))
        self.discard(oldest)
        return oldest
