# SPDX-License-Identifier: Apache-2.0
"""What the last check found, kept for the next one and no longer: an edit costs what was edited.

It holds what one check uses, so it is as large as its input.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Memory(Generic[Key, Value]):
    """`forget` drops what was not asked for since the last time."""

    def __init__(self) -> None:
        self._known: dict[Key, Value] = {}
        self._used: dict[Key, Value] = {}

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """What stands under the key; made when nothing does."""
        found = self._used.get(key)
        if found is None:
            found = self._known.get(key)
        if found is None:
            found = make()
        self._used[key] = found
        return found

    def forget(self) -> None:
        self._known, self._used = self._used, {}
