# SPDX-License-Identifier: Apache-2.0
"""Fields that an object's publish and throttle name and a rule's output does not hold: nothing of them can be
told. Checked rules in, warnings out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    for key, name in (*_named(owner, "publish", "fields"), *_named(owner, "throttle", "by")):
        if name not in there:
            message = f"{key} names {name}, which the output of rule {rule.name} does not hold"
            yield Diagnostic("warning", _CODE, message, rule.span, f"put %{name} into the output")


def _named(owner: RuleObject, key: str, inner: str) -> Iterator[tuple[str, str]]:
    """The spec has its shape by now."""
    part: Mapping[str, Any] = owner.spec.get(key) or {}
    return ((f"{key}.{inner}", str(name)) for name in part.get(inner) or ())
