# SPDX-License-Identifier: Apache-2.0
"""Rules from bare trees, for tests that need no text."""

from __future__ import annotations

from lanner_engine.ast import Expr
from lanner_engine.output.template import Template
from lanner_engine.passes.event_types import event_types
from lanner_engine.passes.fold import fold
from lanner_engine.passes.normalise import normalise
from lanner_engine.passes.order import order
from lanner_engine.program.rule import CheckedRule, Priority


def rule(condition: Expr, name: str = "r") -> CheckedRule:
    """A checked rule of a resolved condition, with an output of no interest."""
    final = order(normalise(fold(condition)))
    return CheckedRule(
        name=name,
        description="",
        priority=Priority.NOTICE,
        tags=(),
        source="syscall",
        condition=final,
        event_types=event_types(final),
        output=Template("x", (b"x",)),
        needs_metadata=False,
    )
