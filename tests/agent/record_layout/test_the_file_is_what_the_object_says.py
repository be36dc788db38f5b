# SPDX-License-Identifier: Apache-2.0
"""agent/lanner_agent/kernel/record_layout.py is what the object's BTF says; `make layout` writes it anew."""

from __future__ import annotations

import re
import struct

import pytest

from lanner_agent.kernel import record_layout, stale_object, tables
from lanner_agent.kernel.record_layout import CallFactsAt, OpenFactsAt, Reason
from tests.agent.record_layout.__main__ import FILE, current

(SHARED,) = (path.read_text() for path in stale_object.HEADERS.rglob("record.h"))
TUPLES = [one for one in vars(record_layout).values() if isinstance(one, type) and issubclass(one, tuple)]


def test_the_file_is_current() -> None:
    assert FILE.read_text() == current(), "run `make layout`"


@pytest.mark.parametrize("kind", ["struct", "enum"])
def test_everything_of_the_header_is_there(kind: str) -> None:
    """What bpf/layout.bpf.c forgot is not in the object."""
    declared = re.findall(rf"^{kind} (\w+) {{$", SHARED, re.MULTILINE)
    assert declared
    documented = {one.__doc__ for one in vars(record_layout).values() if isinstance(one, type)}
    assert {f"{kind} {name}." for name in declared} <= documented


@pytest.mark.parametrize("kind", TUPLES, ids=lambda kind: kind.__name__)
def test_a_struct_unpacks_into_its_tuple(kind: type[tuple[object, ...]]) -> None:
    compiled: struct.Struct = getattr(record_layout, re.sub(r"\B(?=[A-Z])", "_", kind.__name__).upper())
    assert len(compiled.unpack(bytes(compiled.size))) == len(getattr(kind, "_fields"))  # noqa: B009 (typed as a tuple)


def test_counters_have_words_for_every_reason() -> None:
    assert len({*tables.REASONS}) == len(Reason) == record_layout.REASONS


def test_what_is_read_at_once_lies_together() -> None:
    """decode/descriptor and decode/call read these from the first one's place."""
    assert OpenFactsAt.file_mode == OpenFactsAt.file_flags + 4
    assert CallFactsAt.waiting == CallFactsAt.size + 4
    assert CallFactsAt.waiting_most == CallFactsAt.size + 8
