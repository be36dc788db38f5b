# SPDX-License-Identifier: Apache-2.0
"""Every line of golden/event_types: the events a condition can be true on (specification 6.1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanner_engine.parser.condition import parse
from lanner_engine.passes.event_types import EVERY, event_types
from lanner_engine.passes.fold import fold
from lanner_engine.passes.normalise import normalise
from lanner_engine.passes.report import Report
from lanner_engine.passes.resolve import resolve
from lanner_engine.text import plain

GOLDEN = Path(__file__).parent / "golden" / "event_types"


def _cases() -> list[object]:
    cases: list[object] = []
    for path in sorted(GOLDEN.glob("*.txt")):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if line.strip() and not line.startswith("#"):
                wanted, _, condition = line.partition("|")
                cases.append(pytest.param(wanted.split(), condition.strip(), id=f"{path.stem}:{number}"))
    return cases


def _set(words: list[str]) -> frozenset[str]:
    if words == ["none"]:
        return frozenset()
    if words[0] == "all":
        return EVERY - frozenset(words[2:])
    return frozenset(words)


@pytest.mark.parametrize(("words", "condition"), _cases())
def test_set(words: list[str], condition: str) -> None:
    resolved = resolve(parse(plain(condition)), Report())
    assert event_types(normalise(fold(resolved))) == _set(words)
    assert event_types(normalise(resolved)) == _set(words)
