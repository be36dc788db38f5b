# SPDX-License-Identifier: Apache-2.0
"""Patterns: every glob, path pattern and regular expression is small, and all of a load are few.

Each may cost its automaton's memory when events come, however short its text; a hostile rule must not take
the agent's. Changes nothing. What is compiled here, codegen/ finds.
"""

from __future__ import annotations

import re2

from lanner_engine.ast import Check, Expr, Literal, literals, walk
from lanner_engine.fields import matchers, regex
from lanner_engine.fields.globbing import compile_glob
from lanner_engine.passes import report as reports
from lanner_engine.passes.budget import MAX_PATTERNS, Budget
from lanner_engine.passes.report import Report

_GLOBS = {"glob": matchers.glob, "iglob": matchers.iglob}


def patterns(condition: Expr, report: Report, budget: Budget) -> None:
    """Report patterns that are too large, and the first that is one too many."""
    for node in walk(condition):
        if isinstance(node, Check) and (node.operator in ("regex", "pmatch") or node.operator in _GLOBS):
            if not all(_small(node.operator, literal, report) for literal in literals(node)):
                return
            refused = next(filter(None, (_refused(node.operator, one, budget) for one in literals(node))), "")
            if refused:
                message = f"{refused}: this and what follows has no room"
                hint = "say with startswith, endswith, contains or in what needs no pattern"
                report.error(reports.CONDITION, message, node.span, hint, reports.TOO_LARGE)
                return
            _together(node, report)


def _refused(operator: str, literal: Literal, budget: Budget) -> str:
    """What there is too much of with this pattern; empty: nothing."""
    pattern = literal.value
    if operator != "regex" and not matchers.needs_automaton(operator, pattern):
        return ""
    if not budget.take_pattern(operator, pattern):
        return f"more than {MAX_PATTERNS} patterns"
    instructions = regex.size(pattern) if operator == "regex" else len(compile_glob(pattern))
    if not budget.take_instructions(instructions):
        return f"patterns of more than {budget.most_instructions:,} instructions together"
    return ""


def _small(operator: str, literal: Literal, report: Report) -> bool:
    if operator not in _GLOBS:
        return True  # check has compiled regular expressions; path patterns are compiled together
    try:
        _GLOBS[operator](literal.value)
    except re2.error:
        report.error(reports.CONDITION, "this pattern is too large", literal.span, "use fewer ? and []")
        return False
    return True


def _together(node: Check, report: Report) -> None:
    """The patterns of one pmatch are one automaton."""
    if node.operator != "pmatch":
        return
    try:
        matchers.path_match(tuple(literal.value for literal in literals(node)))
    except re2.error:
        message = "the patterns of this list are too large together"
        report.error(reports.CONDITION, message, node.span, "spread them over several pmatch, joined by or")
