# SPDX-License-Identifier: Apache-2.0
"""Rules from text, checked and compiled by the real engine; for tests of what stands after it."""

from __future__ import annotations

from lanner_engine.codegen.compile import Program, compile_rules
from lanner_engine.program.load import check
from lanner_engine.source import Source

RULE = """
- rule: {name}
  desc: made for a test
  condition: {condition}
  output: {output}
  priority: {priority}
  tags: [zebra, ape]
"""


def text(
    name: str = "Shell", condition: str = "evt.type = execve", output: str = "x", priority: str = "NOTICE"
) -> str:
    return RULE.format(name=name, condition=condition, output=output, priority=priority)


def compiled(*texts: str) -> Program:
    checked = check([Source("test.yaml", "".join(texts))])
    assert checked.ok, checked.diagnostics
    return compile_rules(checked.rules, checked.namespaces)
