# SPDX-License-Identifier: Apache-2.0
"""What is known at one point of a recording: every item but records changes it, and it can be said again as
items, at the begin of another file.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Final

from lanner_agent.kernel.kept import View, without
from lanner_agent.recording import wire
from lanner_agent.recording.items import (
    AccountsRead,
    Clock,
    ContainerAnswer,
    EnvironmentRead,
    Forgotten,
    Gap,
    HostsResolved,
    Item,
    Rules,
    Strings,
)
from lanner_engine.source import LannerError

MAX_FACTS: Final = 8192  # containers, accounts and environments together; the oldest make room
MAX_FACT_BYTES: Final = 64 << 20
MAX_STRING_BYTES: Final = 16 << 20  # more than an agent keeps (kernel/kept)
_EACH: Final = 64  # bytes in memory of a string besides its text
_IN_ONE: Final = 512  # strings of an item

Fact = ContainerAnswer | AccountsRead | EnvironmentRead
Key = tuple[str, Hashable]


class FullError(LannerError):
    """More than an agent ever knows."""


def key_of(fact: Fact) -> Key:
    """What a newer fact takes the place of."""
    if isinstance(fact, ContainerAnswer):
        return "container", fact.full_id
    if isinstance(fact, AccountsRead):
        return "accounts", fact.container
    return "environment", (fact.pid, fact.start)


class State:
    """Belongs to one thread. `view`, `rules`, `clock` and `hosts` are replaced, never changed; but strings
    come into the view that is there. `missing` answers for strings that are not here. `lossy`, and behind a
    gap: that some were forgotten may have been lost on the way, so the oldest make room for others.
    """

    def __init__(
        self, missing: Callable[[int, int], bytes] = lambda number, part: b"", *, lossy: bool = False
    ) -> None:
        self._lossy = lossy
        self.view = View(missing=missing)
        self.rules: Rules | None = None
        self.clock = Clock(offset=0)
        self.hosts = HostsResolved(everywhere={}, within={})
        self._facts: OrderedDict[Key, tuple[Fact, int]] = OrderedDict()
        self._fact_bytes = 0
        self._string_bytes = 0

    def apply(self, item: Item, size: int) -> None:
        """`size`: about so many bytes. Raises FullError."""
        if isinstance(item, Fact):
            self._learn(item, size)
        elif isinstance(item, Strings):
            self._keep(item)
        elif isinstance(item, Forgotten):
            self._forget(item)
        elif isinstance(item, Rules):
            self.rules = item
        elif isinstance(item, Clock):
            self.clock = item
        elif isinstance(item, HostsResolved):
            self.hosts = item
        elif isinstance(item, Gap):
            self._lossy = True

    def fact(self, key: Key) -> Fact | None:
        """What is known of it."""
        found = self._facts.get(key)
        return None if found is None else found[0]

    def items(self) -> Iterator[Item]:
        """All of it."""
        if self.rules is not None:
            yield self.rules
        yield self.clock
        yield self.hosts
        strings = list(self.view.strings.items())
        for at in range(0, len(strings), _IN_ONE):
            yield Strings(dict(strings[at : at + _IN_ONE]))
        for fact, _ in self._facts.values():
            yield fact

    def _learn(self, fact: Fact, size: int) -> None:
        key = key_of(fact)
        _, before = self._facts.pop(key, (None, 0))
        self._facts[key] = fact, size
        self._fact_bytes += size - before
        while len(self._facts) > MAX_FACTS or self._fact_bytes > MAX_FACT_BYTES:
            _, (_, freed) = self._facts.popitem(last=False)
            self._fact_bytes -= freed

    def _keep(self, item: Strings) -> None:
        strings = self.view.strings
        for key, one in item.strings.items():
            before = strings.get(key)
            self._string_bytes += len(one) - (len(before) if before is not None else -_EACH)
            strings[key] = one
        if self._lossy:
            self._make_room()
        if self._string_bytes > MAX_STRING_BYTES:
            raise FullError("more paths and arguments of processes than an agent keeps")

    def _make_room(self) -> None:
        strings = self.view.strings
        while self._string_bytes > MAX_STRING_BYTES:
            self._string_bytes -= len(strings.pop(next(iter(strings)))) + _EACH

    def _forget(self, item: Forgotten) -> None:
        left = without(self.view.strings, item.numbers)
        self.view = View(left, self.view.missing)
        self._string_bytes = sum(map(len, left.values())) + _EACH * len(left)


def size_of(item: Item) -> int:
    """About so many bytes in memory and in a file before it is packed."""
    return len(wire.packed(item))
