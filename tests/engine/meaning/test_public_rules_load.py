# SPDX-License-Identifier: Apache-2.0
"""The public rules file loads unchanged, with nothing to say about it, and becomes a program."""

from __future__ import annotations

from lanner_engine.codegen.compile import compile_rules
from lanner_engine.program.load import check
from lanner_engine.source import Source
from tests.story import public_rules


def test_the_public_rules_load_without_a_word() -> None:
    checked = check([Source("falco_rules.yaml", public_rules.path().read_text())])
    assert checked.diagnostics == ()
    assert checked.left_out == ()
    assert len(checked.rules) == 25
    program = compile_rules(checked.rules)
    assert {"open", "openat", "execve", "connect", "ptrace"} <= program.event_types
