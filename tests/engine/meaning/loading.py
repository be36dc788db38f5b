# SPDX-License-Identifier: Apache-2.0
"""Rules files from a few lines, and what loading them says, for tests of whole loads."""

from __future__ import annotations

from lanner_engine.program.load import Checked, check
from lanner_engine.source import Diagnostic, Source


def rule_text(condition: str, name: str = "r", output: str = "x") -> str:
    """One rule element; the condition stands alone on its line."""
    head = f"- rule: {name}\n  desc: d\n  condition: >\n    {condition}\n"
    return f"{head}  output: {output}\n  priority: NOTICE\n"


def load(*texts: str) -> Checked:
    """The texts as one file."""
    return check([Source("rules.yaml", "".join(texts))])


def marked(diagnostic: Diagnostic) -> str:
    """The text a diagnostic points at."""
    span = diagnostic.span
    return span.source.text[span.start : span.end]


def errors(checked: Checked) -> list[tuple[str, str, str]]:
    """Message, marked text and hint of every error."""
    return [(d.message, marked(d), d.hint) for d in checked.diagnostics if d.severity == "error"]
