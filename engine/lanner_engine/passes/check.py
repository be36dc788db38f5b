# SPDX-License-Identifier: Apache-2.0
"""Check: operators fit types, literals can be read, transformers get what they take, event names exist.

Changes nothing. Specification 2.5, 2.6, 3.2 and the warnings of 1.6.
"""

from __future__ import annotations

import re2

from lanner_engine.ast import Check, Expr, FieldRef, ListLiteral, Literal, Operand, Transformer, walk
from lanner_engine.diagnostics import suggest
from lanner_engine.fields import operands, table, types
from lanner_engine.fields.operands import Shape
from lanner_engine.fields.regex import compile_regex
from lanner_engine.fields.tables.event_names import EVENT_NAMES
from lanner_engine.passes import misuse
from lanner_engine.passes import report as reports
from lanner_engine.passes.report import Report
from lanner_engine.passes.resolve import is_resolved
from lanner_engine.source import Span

_EVENT_TYPE = "evt.type"


def check(condition: Expr, report: Report) -> None:
    """Report everything that is wrong with the checks of a resolved condition."""
    for node in walk(condition):
        if isinstance(node, Check):
            _check(node, report)


def check_operand(operand: Operand, report: Report, code: str = reports.CONDITION) -> Shape | None:
    """The shape of a resolved operand; None when something is wrong with it."""
    if not all(is_resolved(ref) for ref in operands.fields_of(operand)):
        return None
    try:
        return operands.shape(operand)
    except operands.OperandError as error:
        report.error(code, str(error), error.span)
        return None


def _check(node: Check, report: Report) -> None:
    values = literals(node)
    misuse.warn_unsafe(node, values, report)
    misuse.warn_unresolved(node, values, report)
    for ref in operands.fields_of(node.left):
        _check_flags(ref, report)
    shape = check_operand(node.left, report)
    if shape is None or not _operator_fits(node, shape, report) or _transforms_event_type(node, report):
        return
    if isinstance(node.right, FieldRef | Transformer):
        _check_fields(node, shape, node.right, report)
    else:
        for literal in values:
            _check_literal(node, shape, literal, report)


def literals(node: Check) -> list[Literal]:
    """The literals on the right of a check, none for `exists` and for fields."""
    if isinstance(node.right, Literal):
        return [node.right]
    items = node.right.items if isinstance(node.right, ListLiteral) else ()
    return [item for item in items if isinstance(item, Literal)]


def _check_flags(ref: FieldRef, report: Report) -> None:
    flags = table.FIELDS[ref.name].flags if ref.name in table.FIELDS else ""
    if "P" in flags:
        report.error(reports.CONDITION, f"field {ref.name} can only be printed", ref.span)
    if "D" in flags:
        report.warning("LOAD_DEPRECATED_ITEM", f"field {ref.name} is deprecated", ref.span)


def _operator_fits(node: Check, shape: Shape, report: Report) -> bool:
    allowed = types.LIST_OPERATORS if shape.is_list else types.OPERATORS[shape.type.kind]
    if node.operator in allowed:
        return True
    what = f"a list of {shape.type.kind.value}s" if shape.is_list else f"a {shape.type.kind.value}"
    report.error(
        reports.CONDITION,
        f"operator {node.operator} cannot be used on {spell(node.left)}, which is {what} ({shape.type.name})",
        _operator_span(node),
        f"{what} allows {' '.join(sorted(allowed))}",
    )
    return False


def _operator_span(node: Check) -> Span:
    return node.operator_span if node.operator_span.end > node.operator_span.start else node.span


def spell(operand: Operand) -> str:
    """The name a user knows an operand by."""
    if isinstance(operand, Transformer) and operand.name == "val":
        return " ".join(table.spelling(ref) for ref in operands.fields_of(operand))
    return table.spelling(operand) if isinstance(operand, FieldRef) else f"{operand.name}(...)"


def _check_fields(node: Check, left: Shape, right: Operand, report: Report) -> None:
    """Field against field: same type, same listness, and both willing (specification 3.3)."""
    shape = check_operand(right, report)
    if shape is None:
        return
    refs = [
        node.left,
        right.arguments[0] if isinstance(right, Transformer) and right.name == "val" else right,
    ]
    unwilling = [r for r in refs if isinstance(r, FieldRef) and "R" in table.FIELDS[r.name].flags]
    for ref in unwilling:
        report.error(reports.CONDITION, f"field {ref.name} cannot be compared with another field", ref.span)
    if node.operator in ("pmatch", "regex"):
        report.error(
            reports.CONDITION, f"{node.operator} takes literals only, not a field", _operator_span(node)
        )
    elif not unwilling and _is_event_type(node.left):
        report.error(reports.CONDITION, "evt.type cannot be compared with another field", right.span)
    elif not unwilling and (left.type != shape.type or left.is_list != shape.is_list):
        report.error(
            reports.CONDITION,
            f"{spell(node.left)} is {_named(left)} but {spell(right)} is {_named(shape)}",
            right.span,
            "both sides must have the same type",
        )


def _named(shape: Shape) -> str:
    return f"a list of {shape.type.name}" if shape.is_list else shape.type.name


def _is_event_type(operand: Operand) -> bool:
    return any(ref.name == _EVENT_TYPE for ref in operands.fields_of(operand))


def _check_literal(node: Check, shape: Shape, literal: Literal, report: Report) -> None:
    shown = literal.value.decode("utf-8", "backslashreplace")
    try:
        types.parse_literal(shape.type, node.operator, literal.value)
    except ValueError as error:
        report.error(reports.CONDITION, f"the value {shown} {error}", literal.span)
        return
    if _is_event_type(node.left):
        _check_event_name(shown, literal, report)
    elif node.operator != "regex" or _check_regex(literal, report):
        misuse.warn(node, literal, report)


def _transforms_event_type(node: Check, report: Report) -> bool:
    """Whether the name of the event stands in a transformer, which would hide the events of a rule."""
    if not isinstance(node.left, Transformer) or not _is_event_type(node.left):
        return False
    report.error(reports.CONDITION, "evt.type cannot be used in a transformer", node.left.span)
    return True


def _check_event_name(shown: str, literal: Literal, report: Report) -> None:
    if shown not in EVENT_NAMES:
        message = f"unknown event type {shown}"
        hint = suggest(shown, EVENT_NAMES)
        report.error(reports.CONDITION, message, literal.span, hint, reports.UNKNOWN_EVENT)


def _check_regex(literal: Literal, report: Report) -> bool:
    try:
        compile_regex(literal.value)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        report.error(
            reports.CONDITION,
            f"not a regular expression: {text}",
            literal.span,
            "POSIX syntax: no \\d \\w \\b; the whole value must match",
        )
        return False
    return True
