# SPDX-License-Identifier: Apache-2.0
"""Where a rule asks what a user is called, the kernel is told again when the accounts of the host change;
where that fails, it holds nothing back.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import cast

import pytest

from lanner_agent.app.holding import Holding
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.probes import Probes
from lanner_engine.index.tables import Tables, build
from tests.engine.meaning.loading import load, rule_text

ASKS = build(load(rule_text("evt.type = openat and user.name = daemon")).rules)
ASKS_NUMBERS = build(load(rule_text("evt.type = openat and user.uid = 1")).rules)
Told = tuple[Tables | None, Mapping[int, bytes]]


class Kernel:
    """What it was told; `failing`: it takes no tables."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.failing = False
        self.identify: object = None

    def hold_back(
        self, classes: Tables | None, identify: object = None, names: Mapping[int, bytes] | None = None
    ) -> str:
        if self.failing and classes is not None:
            raise KernelError("cannot write to a BPF map", errno.ENOMEM)
        self.told.append((classes, names or {}))
        self.identify = None if classes is None else identify
        return ""

    def tell_apart(self, identify: object) -> None:
        self.identify = identify

    @property
    def generation(self) -> int:
        """Counted up whenever it is told."""
        return len(self.told)


class Accounts:
    """The same object until they change."""

    def __init__(self) -> None:
        self.now: Mapping[int, bytes] = {1: b"daemon"}

    def __call__(self) -> Mapping[int, bytes]:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds, that a test may set."""
    now = [100.0]
    monkeypatch.setattr("lanner_agent.app.holding.time.monotonic", lambda: now[0])
    return now


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


def holding(kernel: Kernel, accounts: Accounts, said: list[str]) -> Holding:
    return Holding(cast(Probes, kernel), lambda path: None, accounts, said.append)


def test_names_that_change_are_told_within_a_second(kernel: Kernel, clock: list[float]) -> None:
    accounts, said = Accounts(), list[str]()
    held = holding(kernel, accounts, said)
    held.tell(ASKS)
    first = accounts.now
    clock[0] += 1
    held.refresh_names()
    assert kernel.told == [(ASKS, first)]
    accounts.now = {1: b"someone"}
    clock[0] += 0.5
    held.refresh_names()
    assert kernel.told == [(ASKS, first)]
    clock[0] += 0.5
    held.refresh_names()
    assert kernel.told == [(ASKS, first), (ASKS, accounts.now)]
    assert said == []


def test_where_no_rule_asks_for_names_nothing_is_told(kernel: Kernel, clock: list[float]) -> None:
    accounts = Accounts()
    held = holding(kernel, accounts, [])
    held.tell(ASKS_NUMBERS)
    accounts.now = {}
    clock[0] += 10
    held.refresh_names()
    assert [tables for tables, _ in kernel.told] == [ASKS_NUMBERS]


def test_where_the_kernel_cannot_be_told_nothing_is_held_back(kernel: Kernel, clock: list[float]) -> None:
    accounts, said = Accounts(), list[str]()
    held = holding(kernel, accounts, said)
    held.tell(ASKS)
    accounts.now, kernel.failing = {}, True
    clock[0] += 1
    held.refresh_names()
    assert [tables for tables, _ in kernel.told] == [ASKS, None]
    assert kernel.identify is not None, "cgroups are still told apart"
    assert len(said) == 1
    assert said[0].startswith("the kernel reports every event of the types that rules want: ")
    clock[0] += 1
    held.refresh_names()
    assert len(said) == 1


def test_tables_of_rules_that_the_kernel_refused_are_not_told_later(
    kernel: Kernel, clock: list[float]
) -> None:
    accounts = Accounts()
    held = holding(kernel, accounts, [])
    held.tell(ASKS)
    kernel.failing = True
    with pytest.raises(KernelError):
        held.tell(ASKS_NUMBERS)
    kernel.failing = False
    accounts.now = {1: b"someone"}
    clock[0] += 1
    held.refresh_names()
    assert [tables for tables, _ in kernel.told] == [ASKS, ASKS]
    assert held.tables is ASKS
