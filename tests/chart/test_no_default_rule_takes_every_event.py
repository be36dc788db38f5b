# SPDX-License-Identifier: Apache-2.0
"""Of opens, connections and starts of programs the kernel holds back most, whatever default rule asks."""

from __future__ import annotations

import pytest

from lanner_agent.policy.files import load
from lanner_engine.explain import clause_words
from lanner_engine.index.classes import CLASS_OF
from lanner_engine.index.clauses import by_type
from lanner_engine.program.rule import CheckedRule
from tests.chart.rendering import CHART

MANY = {
    "open",
    "openat",
    "openat2",
    "creat",
    "connect",
    "execve",
    "execveat",
    "sendto",
    "sendmsg",
    "sendmmsg",
}
# What is true of most events says nothing.
USUAL = {"it is in a container", "it is on the host", "the call succeeded", "it is opened for reading"}
RULES = load.check([CHART / "rules"]).rules


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_clause_asks_for_more_than_what_is_usual(rule: CheckedRule) -> None:
    found = by_type(rule.condition, sorted(rule.event_types & MANY), rule.scope)
    wide = [
        name
        for name, clauses in found.items()
        for clause in clauses
        if USUAL.issuperset(clause_words.asked(clause, CLASS_OF[name]))
    ]
    assert wide == []
