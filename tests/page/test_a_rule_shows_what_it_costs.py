# SPDX-License-Identifier: Apache-2.0
"""The cost of a rule on the page is the engine's estimate of its condition."""

from __future__ import annotations

from lanner_page import explaining
from tests.agent.events import rules


def cost(condition: str) -> int:
    (checked,) = rules.compiled(rules.text("R", condition)).rules
    return explaining.rule(checked, condition, 1, 1).cost


def test_more_and_dearer_questions_cost_more() -> None:
    numbers = cost("evt.type = execve and proc.pid = 1")
    names = cost("evt.type = execve and proc.name = sh")
    patterns = cost("evt.type = execve and proc.cmdline regex '.*a.*'")
    of_kubernetes = cost("evt.type = execve and proc.name = sh and k8s.ns.name = shop")
    assert 0 < numbers < names < of_kubernetes < patterns
