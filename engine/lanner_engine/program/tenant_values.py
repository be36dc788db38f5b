# SPDX-License-Identifier: Apache-2.0
"""What namespaces give for lists of the cluster -> the cluster's rules with these values in place.

In the kernel's index such a part is always possible; generated code looks a pair of value and namespace up
in one set, which all rules that read the list share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from lanner_engine.ast import Expr, Rows
from lanner_engine.passes.traverse import collapse, rebuild
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import RuleObject

KEY: Final = "tenantValues"
Given = tuple[str, str, Sequence[str]]  # namespace, list, values
Pairs = Mapping[str, frozenset[tuple[bytes | int, ...]]]  # by list: value and namespace


def of_objects(in_force: Iterable[RuleObject]) -> Iterator[Given]:
    """Their specs have their shape."""
    for one in in_force:
        for entry in of_spec(one):
            yield one.namespace, entry["name"], entry["items"]


def of_spec(one: RuleObject) -> Sequence[Mapping[str, Any]]:
    """The lists that an object gives values for, none for the cluster's."""
    return (one.spec.get(KEY) or ()) if one.namespace else ()


def bound(rules: Sequence[CheckedRule], given: Iterable[Given]) -> tuple[CheckedRule, ...]:
    """The same rules where no namespace gives anything."""
    pairs = _pairs(given)
    return tuple(_bound(one, pairs) if one.tenant_lists & pairs.keys() else one for one in rules)


def _pairs(given: Iterable[Given]) -> Pairs:
    found: dict[str, set[tuple[bytes | int, ...]]] = {}
    for namespace, name, values in given:
        where = namespace.encode()
        found.setdefault(name, set()).update((one.encode(), where) for one in values)
    return {name: frozenset(rows) for name, rows in found.items()}


def _bound(rule: CheckedRule, pairs: Pairs) -> CheckedRule:
    def visit(node: Expr, below: list[Expr]) -> Expr:
        if isinstance(node, Rows) and node.tenants in pairs:
            return replace(node, rows=pairs[node.tenants])
        return rebuild(node, below)

    return replace(rule, condition=collapse(rule.condition, visit))
