# SPDX-License-Identifier: Apache-2.0
"""Two sets of rules -> what a reload changed, in one line."""

from __future__ import annotations

from collections.abc import Sequence

from lanner_agent.publish import escape
from lanner_engine.codegen.compile import Program
from lanner_engine.program.rule import CheckedRule

_NAMES = 3  # per kind of change, before "and n more"


def describe(old: Sequence[CheckedRule], new: Sequence[CheckedRule]) -> str:
    """`1 added (X), 2 changed (A, B)`, or `nothing changed`. A rule is its name; the order counts as a
    change.
    """
    before, after = {_name(rule): rule for rule in old}, {_name(rule): rule for rule in new}
    kept = [name for name in after if name in before]
    changes = {
        "added": [name for name in after if name not in before],
        "removed": [name for name in before if name not in after],
        "changed": [name for name in kept if _meaning(after[name]) != _meaning(before[name])],
    }
    parts = [f"{len(names)} {kind} ({_listed(names)})" for kind, names in changes.items() if names]
    if not parts and list(before) != list(after):
        return "only the order changed"
    return ", ".join(parts) or "nothing changed"


def number_of_rules(program: Program) -> str:
    """`1 rule`, `21 rules`."""
    number = len(program.rules)
    return f"{number} rule{'' if number == 1 else 's'}"


def _name(rule: CheckedRule) -> str:
    """Two namespaces may have rules of one name."""
    namespace = rule.owner.namespace if rule.owner else ""
    return f"{rule.name} in {namespace}" if namespace else rule.name


def _meaning(rule: CheckedRule) -> tuple[object, ...]:
    """Everything that a user can see of a rule; not where it stands in its file."""
    words = rule.output.text, rule.priority, rule.tags, rule.description
    return rule.condition, rule.source, rule.scope, *words


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(escape.shown(name, 80) for name in names[:_NAMES])
    return shown if len(names) <= _NAMES else f"{shown} and {len(names) - _NAMES} more"
