# SPDX-License-Identifier: Apache-2.0
"""While the kernel asks one half of the index the other one is filled, also where that failed before."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pytest

from lanner_agent.kernel import index
from lanner_agent.kernel.errors import KernelError
from lanner_agent.kernel.halves import TooLargeError


@dataclass
class Half:
    """In place of the maps. `error`: why they take nothing."""

    maps: Mapping[str, int]
    half: int
    filled: ClassVar[list[int]] = []
    error: ClassVar[Exception | None] = None

    def write(self, classes: object, names: object) -> None:
        self.filled.append(self.half)
        if self.error is not None:
            raise self.error


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> index.Index:
    """With the first generation in force."""
    monkeypatch.setattr(index, "_Half", Half)
    monkeypatch.setattr("lanner_agent.kernel.syscall_bpf.map_update", lambda *_: None)
    monkeypatch.setattr(Half, "filled", [])
    monkeypatch.setattr(Half, "error", None)
    made = index.Index({"index_generation": 0}, lambda: None)
    assert made.fill({}, {}) == ""
    return made


def test_a_half_in_force_is_not_filled_after_a_failure(
    tables: index.Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Half, "error", KernelError("cannot write to a BPF map", errno.ENOMEM))
    for _ in range(3):
        with pytest.raises(KernelError):
            tables.fill({}, {})
    assert tables.generation == 1
    assert Half.filled == [1, 0, 0, 0]


def test_after_tables_that_were_too_large_the_next_are_in_force(
    tables: index.Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Half, "error", TooLargeError("too many"))
    assert (tables.fill({}, {}), tables.generation) == ("too many", 0)
    monkeypatch.setattr(Half, "error", None)
    assert (tables.fill({}, {}), tables.generation) == ("", 2)
