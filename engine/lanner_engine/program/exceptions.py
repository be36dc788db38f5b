# SPDX-License-Identifier: Apache-2.0
"""The text of a rule's condition with its exceptions (specification 4.3), and whether their fields exist.

Exceptions are grammar text like the condition: they become part of it as text, every word with its place in
the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from lanner_engine.documents.definitions import ExceptionValue, RuleDefinition, RuleException
from lanner_engine.parser.operand import parse_operand
from lanner_engine.parser.operators import LISTED
from lanner_engine.parser.values import MODIFIERS
from lanner_engine.passes import report as reports
from lanner_engine.passes.report import Report
from lanner_engine.passes.resolve import resolve_operand
from lanner_engine.source import RuleError, Span
from lanner_engine.text import Text, composed

Parts = list[Text | str]


def condition_text(definition: RuleDefinition) -> Text:
    """`(condition) and not (field in (a, b)) and not ((f = a and g = b) or (...))`."""
    if not definition.exceptions:
        return definition.condition
    parts: Parts = ["(", definition.condition, ")"]
    for exception in definition.exceptions:
        if exception.values:
            parts += [" and not ", *(_tuples(exception) if exception.listed else _values(exception))]
    return composed(parts, definition.condition.whole)


def check_fields(definition: RuleDefinition, report: Report) -> bool:
    """Whether all fields of the exceptions exist, also where no value asks for them, and all values have the
    shape that they ask for; errors are reported.
    """
    known = len(report.diagnostics)
    for exception in definition.exceptions:
        report.diagnostics.extend(exception.faults)
        for field in exception.fields:
            _check_field(field, report)
    return len(report.diagnostics) == known


def _check_field(field: Text, report: Report) -> None:
    try:
        operand = parse_operand(field)
    except RuleError as error:
        message = f"'{field.value}' is not a supported filter field"
        report.error(reports.VALIDATE, message, field.whole, error.diagnostics[0].message)
        return
    resolve_operand(operand, report, reports.VALIDATE)


def spans(definition: RuleDefinition) -> Iterator[Span]:
    """Where the texts of the exceptions stand, and values of a wrong shape."""
    for exception in definition.exceptions:
        yield from (fault.span for fault in exception.faults)
        for text in (*exception.fields, *exception.comparisons):
            yield text.whole
        for value in exception.values:
            yield from (text.whole for text in _texts(value))


def _texts(value: ExceptionValue) -> Iterator[Text]:
    for entry in (value,) if isinstance(value, Text) else value:
        yield from (entry,) if isinstance(entry, Text) else entry


def _values(exception: RuleException) -> Parts:
    """The one field of an exception against all its values."""
    values = [value for value in exception.values if isinstance(value, Text)]
    listed = _listed(tuple(values))
    return ["(", exception.fields[0], " ", exception.comparisons[0], " ", *listed, ")"]


def _tuples(exception: RuleException) -> Parts:
    """One of several combinations of values."""
    parts: Parts = ["("]
    for value in exception.values:
        entries = () if isinstance(value, Text) else value
        parts += [" or (" if len(parts) > 1 else "(", *_tuple(exception, entries), ")"]
    return [*parts, ")"]


def _tuple(exception: RuleException, entries: tuple[Text | tuple[Text, ...], ...]) -> Parts:
    parts: Parts = []
    for field, comparison, entry in zip(exception.fields, exception.comparisons, entries, strict=True):
        parts += [" and "] if parts else []
        parts += [field, " ", comparison, " ", *_right(comparison, entry)]
    return parts


def _right(comparison: Text, entry: Text | tuple[Text, ...]) -> Parts:
    if not isinstance(entry, Text):
        return _listed(entry)
    of_lists = comparison.value.split()[-1] in (*LISTED, *MODIFIERS)
    if of_lists:
        return [entry] if entry.value.startswith("(") else _listed((entry,))
    return _quoted(entry)


def _listed(values: tuple[Text, ...]) -> Parts:
    parts: Parts = ["("]
    for value in values:
        parts += [", "] if len(parts) > 1 else []
        parts += _quoted(value)
    return [*parts, ")"]


def _quoted(value: Text) -> Parts:
    """A value with blanks stands in quotes, unless it has its own."""
    if " " in value.value and value.value[:1] not in ('"', "'"):
        return [value.quoted()]
    return [value]
