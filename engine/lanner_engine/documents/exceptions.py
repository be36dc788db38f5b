# SPDX-License-Identifier: Apache-2.0
"""Exceptions of rules: define, append, replace (specification 4.1, 4.2 and 4.4).

Whether the fields exist is asked later, by program/exceptions, which also makes the condition of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lanner_engine.diagnostics import suggest
from lanner_engine.documents import nodes, problems
from lanner_engine.documents.definitions import ExceptionValue, RuleException
from lanner_engine.documents.item import Item
from lanner_engine.documents.nodes import Node, Scalar, Sequence
from lanner_engine.documents.override import Operation
from lanner_engine.parser.operators import LISTED, NUMERIC, SYMBOLIC, WORDS
from lanner_engine.parser.values import MODIFIERS
from lanner_engine.source import Diagnostic, Span
from lanner_engine.text import Run, Text

_MODIFIED = tuple(f"{operator} {word}" for operator in (*SYMBOLIC, *WORDS) for word in MODIFIERS)
_OF_LISTS = (*LISTED, *_MODIFIED)
_ALL = ("exists", *NUMERIC, *SYMBOLIC, *WORDS, *_OF_LISTS)


@dataclass(frozen=True, slots=True)
class _Written:
    """One element as it stands in the file; None for keys that are missing or null. `listed` and `compared`
    say whether fields and comps are lists.
    """

    item: Item
    name: str
    fields: tuple[Text, ...] | None
    comparisons: tuple[Text, ...] | None
    values: tuple[tuple[ExceptionValue, Span], ...] | None
    listed: bool
    compared: bool


def defined(item: Item) -> tuple[RuleException, ...]:
    """The exceptions of a rule that is defined, or whose exceptions are replaced."""
    return _completed(item, _read(item))


def overridden(
    earlier: tuple[RuleException, ...], item: Item, operation: Operation
) -> tuple[RuleException, ...]:
    """What `override` makes of the exceptions of an earlier rule."""
    if operation == "append":
        return appended(earlier, item)
    written = _read(item)
    for one in written:
        _warn_no_values(one, "replaced")
    return _completed(item, written)


def appended(earlier: tuple[RuleException, ...], item: Item) -> tuple[RuleException, ...]:
    """The earlier exceptions with values added to the first of each name, and new ones behind them."""
    merged = list(earlier)
    elements = _read(item)
    for written in elements:
        place = next((n for n, one in enumerate(merged) if one.name == written.name), None)
        if place is not None:
            merged[place] = _extended(merged[place], written)
        elif (made := _new(written)) is not None:
            merged.append(made)
    _spread(item, elements)
    return tuple(merged)


def _completed(item: Item, elements: list[_Written]) -> tuple[RuleException, ...]:
    found = [_complete(written, problems.SHAPE) for written in elements]
    _spread(item, elements)
    return tuple(one for one in found if one is not None)


def _spread(item: Item, elements: list[_Written]) -> None:
    """A rule fails with its exceptions."""
    item.failed = item.failed or any(written.item.failed for written in elements)


def _read(item: Item) -> list[_Written]:
    found: list[_Written] = []
    names: set[str] = set()
    # A rule may have `exceptions:` with nothing behind it, but no exception that is nothing.
    for mapping in item.mappings("exceptions", filled=item.filled("exceptions") is not None):
        one = Item(mapping, "exception", "name", item.problems)
        fields, listed = _texts(one, "fields")
        comparisons, compared = _texts(one, "comps")
        name = one.name()
        if name in names:
            message = f"two exceptions are called {name}: both hold, appended values go to the first"
            item.problems.warning("LOAD_EXCEPTION_NAME_NOT_UNIQUE", message, one.span)
        names.add(name)
        found.append(_Written(one, name, fields, comparisons, _values(one), listed, compared))
    return found


def _texts(item: Item, key: str) -> tuple[tuple[Text, ...] | None, bool]:
    """A text or a list of texts, and whether it was a list."""
    node = item.filled(key)
    if node is None:
        return None, False
    if isinstance(node, Scalar):
        text = item.text(key)
        return (None if text is None else (text,)), False
    return item.texts(key), True


def _values(item: Item) -> tuple[tuple[ExceptionValue, Span], ...] | None:
    node = item.mapping.get("values")
    if node is None:
        return None
    if not isinstance(node, Sequence):
        item.error(f"values must be a sequence, not {nodes.kind(node)}", item.span_of("values"))
        return None
    found = [(_value(item, one), one) for one in node.items]
    return tuple((value, _place(one)) for value, one in found if value is not None)


def _value(item: Item, node: Node) -> ExceptionValue | None:
    if not isinstance(node, Sequence):
        return _scalar(item, node)
    entries = [_entry(item, one) for one in node.items]
    kept = tuple(one for one in entries if one is not None)
    return kept if len(kept) == len(entries) else None


def _entry(item: Item, node: Node) -> Text | tuple[Text, ...] | None:
    if not isinstance(node, Sequence):
        return _scalar(item, node)
    parts = [_scalar(item, one) for one in node.items]
    return tuple(one for one in parts if one is not None)


def _scalar(item: Item, node: Node) -> Text | None:
    if not isinstance(node, Scalar) or node.is_null:
        _error(item, f"values hold {nodes.kind(node)} where a value is expected", _place(node))
        return None
    if not node.value:
        item.error("a value is empty", node.span, """an empty text has quotes of its own: '""'""")
        return None
    return node.text()


def _place(node: Node) -> Span:
    return node.span if isinstance(node, Scalar) else node.origin.span(node.start, node.start + 1)


def _complete(written: _Written, missing: str) -> RuleException | None:
    """An exception that stands on its own: it has fields, and comparisons that fit them. `missing` is the
    code of the error where the key fields is missing.
    """
    item, fields = written.item, written.fields
    if not fields:
        if not item.failed:
            hint = "fields: [proc.name, fd.name], or one field"
            code = problems.VALIDATE if item.has("fields") else missing
            item.error(f"the exception {written.name} has no fields", item.span, hint, code)
        return None
    comparisons = written.comparisons or _default(fields, "=" if written.listed else "in")
    if written.comparisons and written.compared != written.listed:
        _refuse_shape(written)
        return None
    if len(comparisons) != len(fields):
        counts = f"{len(fields)} fields but {len(comparisons)} comps"
        _error(item, f"the exception {written.name} has {counts}", item.span_of("comps"))
        return None
    for one in comparisons:
        _check_comparison(item, one, written.listed)
    made = RuleException(written.name, fields, comparisons, (), written.listed, item.span)
    return _extended(made, replace(written, fields=None, comparisons=None), warn=False)


def _refuse_shape(written: _Written) -> None:
    fields, comps = ("a list", "one text") if written.listed else ("one text", "a list")
    message = f"the exception {written.name} has fields as {fields} and comps as {comps}"
    _error(written.item, message, written.item.span_of("comps"), f"write comps as {fields}, too")


def _default(fields: tuple[Text, ...], word: str) -> tuple[Text, ...]:
    """The same comparison for every field; it stands where the field ends."""
    ends = [field.end() for field in fields]
    return tuple(Text(word, (Run(0, end.source, end.start, 0),), end) for end in ends)


def _check_comparison(item: Item, text: Text, listed: bool) -> None:
    word = " ".join(text.value.split())
    if word in (_ALL if listed else _OF_LISTS):
        return
    if word in _ALL:
        hint = f"write fields: [...] as a list to compare with {word}"
        message = f"one field is compared by in, pmatch, intersects or a modifier, not {word}"
        _error(item, message, text.whole, hint)
    else:
        _error(item, f"there is no comparison {text.value}", text.whole, suggest(word, _ALL))


def _new(written: _Written) -> RuleException | None:
    """A name that is new in an append: it needs values as well."""
    if written.fields and not written.values and not written.item.failed:
        message = f"the new exception {written.name} has no values"
        _error(written.item, message, written.item.span, "add values: [...]")
        return None
    return _complete(written, problems.VALIDATE)


def _extended(exception: RuleException, written: _Written, warn: bool = True) -> RuleException:
    """The exception with further values."""
    item = written.item
    for key, given in (("fields", written.fields), ("comps", written.comparisons)):
        if given is not None:
            message = f"Can not append exception {key} to existing exception, only values"
            _error(item, message, item.span_of(key))
    if warn:
        _warn_no_values(written, "appended to")
    looked_at = [(value, _fault(exception, value, place)) for value, place in written.values or ()]
    kept = (value for value, fault in looked_at if fault is None)
    faults = (fault for _, fault in looked_at if fault is not None)
    return replace(exception, values=(*exception.values, *kept), faults=(*exception.faults, *faults))


def _fault(exception: RuleException, value: ExceptionValue, place: Span) -> Diagnostic | None:
    """What is wrong with a value that does not have the shape that the fields ask for."""
    if not exception.listed:
        if isinstance(value, Text):
            return None
        message = "a value of an exception with one field is a single value, not a sequence"
        hint = f"write fields: [{exception.fields[0].value}] as a list to give a value for each field"
    elif isinstance(value, Text) or len(value) != len(exception.fields):
        message = "Fields and values lists must have equal length"
        hint = "one entry for each of " + ", ".join(field.value for field in exception.fields)
    else:
        return None
    return Diagnostic("error", problems.VALIDATE, message, place, hint)


def _warn_no_values(written: _Written, what: str) -> None:
    if written.values is None and not written.item.failed:
        message = f"the exception {written.name} is {what} without values"
        written.item.problems.warning("LOAD_APPEND_NO_VALUES", message, written.item.span)


def _error(item: Item, message: str, span: Span, hint: str = "") -> None:
    item.error(message, span, hint, problems.VALIDATE)
