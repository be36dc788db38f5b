# SPDX-License-Identifier: Apache-2.0
"""Resolve: every field reference of a condition becomes a name of the table plus an argument, or an error.

A reference with an error stays as it is; check leaves it alone.
"""

from __future__ import annotations

from dataclasses import replace

from lanner_engine.ast import Check, Expr, FieldRef, Operand, Transformer
from lanner_engine.diagnostics import suggest
from lanner_engine.fields import operands, table
from lanner_engine.fields.tables.parameters import PARAMETERS
from lanner_engine.passes import report as reports
from lanner_engine.passes import traverse
from lanner_engine.passes.report import Report


def resolve(condition: Expr, report: Report) -> Expr:
    """The condition with canonical field references."""

    def change(check: Check) -> Check:
        right = check.right
        if isinstance(right, FieldRef | Transformer):
            right = resolve_operand(right, report)
        left = resolve_operand(check.left, report)
        same = left is check.left and right is check.right
        return check if same else replace(check, left=left, right=right)

    return traverse.map_checks(condition, change)


def resolve_operand(operand: Operand, report: Report, code: str = reports.CONDITION) -> Operand:
    """One operand with canonical field references inside."""
    return operands.map_fields(operand, lambda ref: _field(ref, report, code))


def _field(ref: FieldRef, report: Report, code: str) -> FieldRef:
    try:
        return table.resolve(ref)
    except table.UnknownFieldError as error:
        hint = suggest(ref.name, table.FIELDS)
        report.error(code, str(error), ref.span, hint, reports.UNKNOWN_FIELD)
    except table.ArgumentError as error:
        report.error(code, str(error), ref.span, _argument_hint(ref))
    return ref


def _argument_hint(ref: FieldRef) -> str:
    head, _, tail = ref.name.rpartition(".")
    return suggest(tail, PARAMETERS) if head in ("evt.arg", "evt.rawarg") else ""


def is_resolved(ref: FieldRef) -> bool:
    """Whether resolve had nothing to complain about."""
    try:
        table.resolve(ref)
    except ValueError:
        return False
    return True
