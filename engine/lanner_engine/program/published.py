# SPDX-License-Identifier: Apache-2.0
"""Fields that an object's publish and throttle name and a rule's output does not hold: nothing of them can be
told. Checked rules in, warnings out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import RuleObject
from lanner_engine.source import Diagnostic

_CODE: Final = "LOAD_WARNING_EXTENSION"


def warnings(rules: Iterable[CheckedRule]) -> Iterator[Diagnostic]:
    """One for each such field of a rule, at the rule."""
    for rule in rules:
        if rule.owner is not None and not rule.owner.spec.keys().isdisjoint(("publish", "throttle")):
            yield from _of(rule, rule.owner)


def _of(rule: CheckedRule, owner: RuleObject) -> Iterator[Diagnostic]:
    there = rule.output.names
    for key, name in _asked(owner):
        if name not in there:
            message = f"{key} names {name}, which the output of rule {rule.name} does not hold"
            yield Diagnostic("warning", _CODE, message, rule.span, f"put %{name} into the output")


def _asked(owner: RuleObject) -> Iterator[tuple[str, str]]:
    """Key and field. The spec has its shape by now."""
    yield from _named(owner, "publish", "fields")
    yield from _named(owner, "throttle", "by")
    yield from _named(owner, "throttle", "process", "about")


def _named(owner: RuleObject, *keys: str) -> Iterator[tuple[str, str]]:
    found: Any = owner.spec
    for key in keys:
        found = found.get(key) or {}
    return ((".".join(keys), str(name)) for name in found)
