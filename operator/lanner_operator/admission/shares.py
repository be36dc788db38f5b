# SPDX-License-Identifier: Apache-2.0
"""How much judging each namespace may ask for before an object is stored: seconds that come back with time.

A namespace that asks all day spends its own share; what is not judged here is judged after it is stored.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

SAVED_S: Final = 4.0  # that a namespace can have
ALL_SAVED_S: Final = 10.0  # that all namespaces together can have
PART: Final = 0.1  # of a processor that comes back to a namespace
ALL_PART: Final = 0.4
AT_ONCE: Final = 2  # questions of one namespace that wait or are answered
ALL_AT_ONCE: Final = 16
KNOWN: Final = 1_000  # namespaces whose spending is remembered


@dataclass(slots=True)
class _Account:
    left_s: float
    at: float
    waiting: int = 0

    def refresh(self, now: float, part: float, most: float) -> None:
        self.left_s, self.at = min(most, self.left_s + part * (now - self.at)), now


class Shares:
    """`namespace` is "" for the cluster's objects, which have an account of their own beside all others'."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._all = _Account(ALL_SAVED_S, clock())
        self._own: dict[str, _Account] = {}

    def enter(self, namespace: str) -> str:
        """Why nothing is judged now; "" when it is: then `leave` follows."""
        now, own = self._clock(), self._account(namespace)
        own.refresh(now, PART if namespace else ALL_PART, SAVED_S if namespace else ALL_SAVED_S)
        self._all.refresh(now, ALL_PART, ALL_SAVED_S)
        whose = f"of namespace {namespace}" if namespace else "of the cluster"
        if own.waiting >= AT_ONCE:
            return f"{own.waiting} other objects {whose} wait"
        if own.left_s <= 0:
            return f"objects {whose} took all the time there is for them"
        if self._all.waiting >= ALL_AT_ONCE or (namespace and self._all.left_s <= 0):
            return "many others are checked"
        own.waiting += 1
        self._all.waiting += 1
        return ""

    def leave(self, namespace: str, seconds: float) -> None:
        """It took so long."""
        own = self._account(namespace)
        own.waiting -= 1
        own.left_s -= seconds
        self._all.waiting -= 1
        self._all.left_s -= seconds if namespace else 0.0

    def _account(self, namespace: str) -> _Account:
        if namespace not in self._own:
            self._forget()
            full = SAVED_S if namespace else ALL_SAVED_S
            self._own[namespace] = _Account(full, self._clock())
        return self._own[namespace]

    def _forget(self) -> None:
        """Those that have come back longest ago."""
        if len(self._own) < KNOWN:
            return
        idle = sorted(
            (name for name, one in self._own.items() if not one.waiting), key=lambda n: self._own[n].at
        )
        for name in idle[: KNOWN // 2]:
            del self._own[name]
