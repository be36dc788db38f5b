# SPDX-License-Identifier: Apache-2.0
"""Calls that every program makes all the time are wanted by rules that name them, and by no others."""

from __future__ import annotations

import pytest

from lanner_engine.fields.tables.event_names import EVENT_NAMES, HOT
from lanner_engine.program.load import check as load
from lanner_engine.source import Source

NAMING = [
    ("evt.type = read", {"read"}),
    ("evt.type in (read, open, close)", {"read", "close"}),
    ("syscall.type == mmap and proc.name = x", {"mmap"}),
    ("evt.type.is.ioctl = 1", {"ioctl"}),
    ("proc.name = x or evt.type = write", {"write"}),
    ("not (evt.type != mprotect)", {"mprotect"}),
    ("evt.type.is.read > 0", {"read"}),
    ("not not evt.type intersects (pread, unlink)", {"pread"}),
]
OTHERS = [
    "proc.name = x",
    "evt.type != open",
    "not evt.type = read",
    "not evt.type in (read, write) and fd.name = x",
    "evt.type exists",
    "evt.is_io_write = true",
    "not evt.type.is.open = 1",
]


def event_types(condition: str) -> frozenset[str]:
    written = f"- rule: r\n  desc: d\n  condition: {condition}\n  output: o\n  priority: INFO\n"
    (rule,) = load([Source("r.yaml", written)]).rules
    return rule.event_types


@pytest.mark.parametrize(("condition", "hot"), NAMING)
def test_a_rule_that_names_them_wants_them(condition: str, hot: set[str]) -> None:
    assert event_types(condition) & HOT == hot


@pytest.mark.parametrize("condition", OTHERS)
def test_a_rule_that_does_not_wants_none(condition: str) -> None:
    found = event_types(condition)
    assert found
    assert found & HOT == set()


def test_they_have_names() -> None:
    assert HOT <= EVENT_NAMES
    assert {"read", "write", "close", "mmap", "ioctl"} <= HOT
