# SPDX-License-Identifier: Apache-2.0
"""What the kernel asks of a condition's events, in words: golden/clauses.txt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lanner_engine.explain import held_back
from lanner_engine.index.classes import CLASS_OF
from lanner_engine.index.clauses import clauses
from tests.engine.meaning.loading import load, rule_text

FILE = Path(__file__).parent / "golden" / "clauses.txt"


def _blocks() -> Iterator[list[str]]:
    """Comments are left out; empty lines stand between blocks."""
    lines = [line for line in FILE.read_text().splitlines() if not line.startswith("#")]
    for block in "\n".join(lines).split("\n\n"):
        if block.strip():
            yield block.strip("\n").splitlines()


@pytest.mark.parametrize("block", list(_blocks()), ids=lambda block: block[0][:80])
def test_a_condition_becomes_the_clauses_that_stand_below_it(block: list[str]) -> None:
    event_type, _, condition = block[0].partition(": ")
    (rule,) = load(rule_text(condition)).rules
    found = clauses(rule.condition, event_type)
    assert list(held_back.in_words(found, CLASS_OF[event_type])) == block[1:]
