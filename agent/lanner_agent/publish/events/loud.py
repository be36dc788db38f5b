# SPDX-License-Identifier: Apache-2.0
"""Numbers by name for the names with most, in bounded memory.

A new name takes the place of the one with least, whose numbers go to the others: names that others invent
push out each other, not one that is loud.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)


class Loud(Generic[Name]):
    """`others`: the numbers of all names that are not known by name."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: dict[Name, Counter[str]] = {}
        self.others: Counter[str] = Counter()

    def add(self, name: Name, kind: str, number: int = 1) -> None:
        known = self._names.get(name)
        if known is None:
            if len(self._names) >= self._most:
                self._make_room()
            known = self._names[name] = Counter()
        known[kind] += number

    def names(self) -> dict[Name, Counter[str]]:
        """Copies, the loudest first."""
        ordered = sorted(self._names.items(), key=lambda item: -item[1].total())
        return {name: Counter(numbers) for name, numbers in ordered}

    def _make_room(self) -> None:
        least = min(self._names, key=lambda name: self._names[name].total())
        self.others.update(self._names.pop(least))
