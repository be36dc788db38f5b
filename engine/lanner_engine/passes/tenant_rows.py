# SPDX-License-Identifier: Apache-2.0
"""A list that namespaces may add to, in a check: `proc.exepath in (l)` becomes `proc.exepath in (items) or
(proc.exepath, k8s.ns.name) in (what namespaces give)`.

Here the second part is empty: the values are put in when those of all namespaces are known, since no
namespace's object may decide how the cluster's rules are judged (program/tenant_values).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lanner_engine.ast import Check, Expr, FieldRef, Or, Rows
from lanner_engine.fields import host_names, operands, table
from lanner_engine.fields.types import Kind
from lanner_engine.passes import report as reports
from lanner_engine.passes.named_events import TYPE_FIELDS
from lanner_engine.passes.report import Report

NAMESPACE: Final = FieldRef("k8s.ns.name")
_TEXTS: Final = (Kind.STRING, Kind.PATH)


def widened(check: Check, names: Iterable[str], report: Report) -> Expr:
    """The check with what namespaces give for the lists that it names."""
    parts: list[Expr] = [check]
    for name in names:
        field = _field(check)
        if field is None:
            message = f"the list {name} is open to namespaces, and cannot stand here"
            hint = "it can be compared by in with a field that has one text: proc.exepath, fd.name, ..."
            report.error(reports.CONDITION, message, check.span, hint)
            continue
        parts.append(Rows((field, table.resolve(NAMESPACE)), frozenset(), check.span, name))
    return Or(tuple(parts), check.span) if len(parts) > 1 else check


def _field(check: Check) -> FieldRef | None:
    """The field, where values of namespaces can be looked up for it."""
    if check.operator != "in" or check.modifier is not None or not isinstance(check.left, FieldRef):
        return None
    try:
        ref = table.resolve(check.left)
        shape = operands.shape(ref)
    except ValueError:
        return None
    special = ref.name in TYPE_FIELDS or ref.name in host_names.FIELDS
    plain = shape == operands.Shape(shape.type) and shape.type.kind in _TEXTS
    return ref if plain and not special else None
