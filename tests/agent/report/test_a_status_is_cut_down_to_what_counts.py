# SPDX-License-Identifier: Apache-2.0
"""A status that the API server refuses: what is left of it still acknowledges, and says what is missing."""

from __future__ import annotations

from lanner_agent.report import status
from lanner_agent.report.board import Board


def test_rules_and_conditions_stay_and_the_rest_goes_with_a_word() -> None:
    board = Board()
    bundle = {"name": "r000001-00000000", "revision": 1}
    conditions = board.conditions()
    whole = {"bundle": bundle, "conditions": conditions, "failures": [{"rule": "x"}], "agent": {}}
    cut = status.acknowledgement(whole, "status.failures: too many" + "!" * 1000)
    assert cut.keys() == {"bundle", "conditions", "agent"}
    assert cut["bundle"] == bundle
    by_type = {one["type"]: one for one in cut["conditions"]}
    assert "failures and counters are left out, the API server refused them: " in by_type["Ready"]["message"]
    assert len(by_type["Ready"]["message"]) < 700
    others = [one for one in cut["conditions"] if one["type"] != "Ready"]
    assert others == [one for one in conditions if one["type"] != "Ready"]
