# SPDX-License-Identifier: Apache-2.0
"""Resolve: every field reference of a condition becomes a name of the table plus an argument, or an error.

Called by program/load after expand. A reference with an error stays as it is; check leaves it alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from lanner_engine.ast import Check, Expr, FieldRef, ListLiteral, Literal, Operand, Transformer
from lanner_engine.diagnostics import suggest
from lanner_engine.fields import table
from lanner_engine.fields.parameters import PARAMETERS
from lanner_engine.fields.unanswered import UNANSWERED
from lanner_engine.passes import report as reports
from lanner_engine.passes import traverse
from lanner_engine.passes.report import Report

_Any = FieldRef | Transformer | Literal | ListLiteral


def resolve(condition: Expr, report: Report) -> Expr:
    """The condition with canonical field references."""

    def change(check: Check) -> Check:
        left = resolve_operand(check.left, report)
        right = None if check.right is None else _resolved(check.right, report, reports.CONDITION)
        return replace(check, left=left, right=right)

    return traverse.map_checks(condition, change)


def resolve_operand(operand: Operand, report: Report, code: str = reports.CONDITION) -> Operand:
    """One operand with canonical field references inside."""
    return cast(Operand, _resolved(operand, report, code))


def _resolved(operand: _Any, report: Report, code: str) -> _Any:
    if isinstance(operand, FieldRef):
        return _field(operand, report, code)
    if isinstance(operand, Transformer):
        arguments = tuple(_resolved(one, report, code) for one in operand.arguments)
        return replace(operand, arguments=arguments)
    if isinstance(operand, ListLiteral):
        items = tuple(cast("Literal", _resolved(one, report, code)) for one in operand.items)
        return replace(operand, items=items)
    return operand


def _field(ref: FieldRef, report: Report, code: str) -> FieldRef:
    try:
        return table.resolve(ref)
    except table.UnknownFieldError as error:
        report.error(code, str(error), ref.span, suggest(ref.name, table.FIELDS.keys() | UNANSWERED))
    except table.UnansweredFieldError as error:
        report.error(code, str(error), ref.span)
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
