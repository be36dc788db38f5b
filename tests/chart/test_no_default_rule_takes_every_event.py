# SPDX-License-Identifier: Apache-2.0
"""Of what an ordinary machine does all the time the kernel holds back most, for each default rule."""

from __future__ import annotations

import pytest

from lanner_agent.policy.files import load
from lanner_engine.explain import clause_words
from lanner_engine.fields.tables.event_names import HOT
from lanner_engine.index.classes import CLASS_OF, CLASSES
from lanner_engine.index.clauses import by_type
from lanner_engine.program.rule import CheckedRule
from tests.chart.rendering import CHART

# Calls that an ordinary machine makes thousands of times a second.
MANY = HOT | CLASSES["exec"] | CLASSES["fork"] | CLASSES["exit"] | CLASSES["path"] | CLASSES["socket"]
MANY |= CLASSES["open"] - {"open_by_handle_at"} | {"dup", "dup2", "dup3"}
# Rare, and no question of names or numbers: the program was written into a running container.
RARE = "the executable lies in an upper layer"
RULES = load.check([CHART / "rules"]).rules


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_clause_asks_for_few_of_these_events(rule: CheckedRule) -> None:
    found = by_type(rule.condition, sorted(rule.event_types & MANY), rule.scope)
    wide = [
        (name, asked)
        for name, clauses in found.items()
        for clause in clauses
        if not clause_words.selective(clause, CLASS_OF[name])
        and RARE not in (asked := tuple(clause_words.asked(clause, CLASS_OF[name])))
    ]
    assert wide == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_first_name_of_a_path_answers_for_the_others(rule: CheckedRule) -> None:
    """Agents of other products read thousands of files a second below /host."""
    found = by_type(rule.condition, sorted(rule.event_types & MANY), rule.scope)
    tests = [clause.path for clauses in found.values() for clause in clauses]
    assert [one for one in tests if one.top and one.some and one.top & one.some] == []
