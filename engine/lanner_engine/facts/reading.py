# SPDX-License-Identifier: Apache-2.0
"""Keys and values of a document to an event: `evt.type: openat`, `fd.name: /etc/shadow`.

Every field that is told reads afterwards as it was told: one that contradicts others, or follows from others
that are not told, is an error at its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lanner_engine.ast import FieldRef
from lanner_engine.diagnostics import suggest
from lanner_engine.documents import nodes
from lanner_engine.documents.nodes import Node, Scalar
from lanner_engine.documents.problems import Problems
from lanner_engine.facts import build, placing
from lanner_engine.facts.said import Event
from lanner_engine.fields import addresses, form, model, table
from lanner_engine.fields.reading import reader
from lanner_engine.fields.tables.event_names import EVENT_NAMES, RECORDED
from lanner_engine.fields.tables.parameters import PARAMETERS
from lanner_engine.fields.types import Kind, parse_literal
from lanner_engine.parser.operand import parse_operand
from lanner_engine.source import RuleError, Span

FIELD: Final = "EVENT_ERR_FIELD"
VALUE: Final = "EVENT_ERR_VALUE"
UNRECORDED: Final = "EVENT_NOT_RECORDED"
TYPE: Final = FieldRef("evt.type")
_OF_LISTS: Final = ("proc.args", "proc.env")


@dataclass(frozen=True, slots=True)
class Entry:
    """A field with its values, each of the field's type; none: it is told to be absent."""

    ref: FieldRef
    values: tuple[Any, ...]
    node: Node


@dataclass(frozen=True, slots=True)
class Told:
    """`fields` are the canonical texts of what was told; of a `whole` event everything was."""

    event: model.Event
    fields: frozenset[str]
    span: Span
    whole: bool = False


Entries = Mapping[str, Entry]


def entries(pairs: Iterable[tuple[Scalar, Node]], found: Problems) -> dict[str, Entry] | None:
    """The fields of a mapping by their canonical text; None, and errors, when one of them is none."""
    made: dict[str, Entry] = {}
    whole = True
    for key, node in pairs:
        entry = _entry(key, node, found)
        if entry is None:
            whole = False
        else:
            made[table.spelling(entry.ref)] = entry
    return made if whole else None


def told(given: Entries, span: Span, found: Problems) -> Told | None:
    """The event of fields; None, and errors, where they make none."""
    known = len(found.kept)
    kept = {name: entry for name, entry in given.items() if entry.values}
    if not _typed(kept.get(table.spelling(TYPE)), span, found):
        return None
    tree: placing.Tree = {}
    rest = [entry for entry in kept.values() if not placing.place(tree, entry.ref, entry.values)]
    event = build.event(tree)
    for entry in kept.values():
        _verify(entry, event, entry in rest, found)
    failed = any(one.severity == "error" for one in found.kept[known:])
    return None if failed else Told(event, frozenset(kept), span)


def _typed(entry: Entry | None, span: Span, found: Problems) -> bool:
    if entry is None:
        found.error(FIELD, "the event has no evt.type", span, "add evt.type: openat, or what else happened")
        return False
    name = entry.values[0].decode()
    if name not in EVENT_NAMES:
        found.error(VALUE, f"there is no event {name}", entry.node.span, suggest(name, EVENT_NAMES))
        return False
    if name not in RECORDED:
        message = f"no {name} is ever recorded: a rule on it is silent, whatever this test says"
        found.warning(UNRECORDED, message, entry.node.span)
    return True


def _entry(key: Scalar, node: Node, found: Problems) -> Entry | None:
    ref = _ref(key, found)
    if ref is None:
        return None
    if isinstance(node, Scalar):
        if node.is_null:
            return Entry(ref, (), node)
        scalars: list[Scalar] = [node]
    else:
        scalars = _listed(ref, node, found)
    values = [_value(ref, one, found) for one in scalars]
    if not values or None in values:
        return None
    return Entry(ref, tuple(values), node)


def _listed(ref: FieldRef, node: Node, found: Problems) -> list[Scalar]:
    name = table.spelling(ref)
    items = list(node.items) if isinstance(node, nodes.Sequence) else []
    scalars = [one for one in items if isinstance(one, Scalar)]
    place = node.origin.span(node.start, node.start + 1)
    if not (table.is_many(ref) or table.is_list(ref) or name in _OF_LISTS):
        found.error(VALUE, f"{name} is a single value, not {nodes.kind(node)}", place)
        return []
    if not items or len(scalars) != len(items):
        found.error(VALUE, f"{name} is a sequence of single values", place, f"{name}: [a, b]")
        return []
    return scalars


def _ref(key: Scalar, found: Problems) -> FieldRef | None:
    text = key.text()
    try:
        operand = parse_operand(text)
        if isinstance(operand, FieldRef):
            return table.resolve(operand)
        message, hint = "an event is made of fields, not of transformers", ""
    except (table.UnknownFieldError, table.ArgumentError) as error:
        message = str(error)
        hint = suggest(*_names(text.value))
    except RuleError as error:
        message, hint = error.diagnostics[0].message, error.diagnostics[0].hint
    found.error(FIELD, message, key.span, hint)
    return None


def _names(text: str) -> tuple[str, Iterable[str]]:
    """What was misspelt, and what it can have meant."""
    head, _, tail = text.rpartition(".")
    return (tail, PARAMETERS) if head in ("evt.arg", "evt.rawarg") else (text, table.FIELDS)


def _value(ref: FieldRef, node: Scalar, found: Problems) -> object:
    """Of the field's type; None, and an error, when the text is none."""
    kind = table.type_of(ref)
    text = node.value.encode("utf-8", "surrogateescape")
    try:
        if kind.kind is Kind.NETWORK:
            return addresses.parse_address(text)
        return parse_literal(kind, "=", text)
    except ValueError as error:
        name = table.spelling(ref)
        found.error(VALUE, f"{name} is a {kind.kind.value}, and the value {node.value} {error}", node.span)
        return None


def _verify(entry: Entry, event: Event, follows: bool, found: Problems) -> None:
    """A field that reads otherwise than it was told."""
    read = reader(entry.ref)(event)
    if read == (entry.values if isinstance(read, tuple) else entry.values[0]) or _is_joined(entry, read):
        return
    if isinstance(read, tuple) and table.FIELDS[entry.ref.name].ends and entry.values[0] in read:
        return
    name = table.spelling(entry.ref)
    shown = (
        "nothing"
        if read is None
        else form.printed(entry.ref, read).decode("utf-8", "replace") or "an empty text"
    )
    if follows:
        message = f"{name} follows from other fields, which make it {shown}"
        hint = "tell the fields that it is made of, and leave it out"
    else:
        message = f"{name} contradicts other fields of the event, which make it {shown}"
        hint = "leave one of them out"
    found.error(VALUE, message, entry.node.span, hint)


def _is_joined(entry: Entry, read: object) -> bool:
    """A list that the language shows as one text."""
    return (
        len(entry.values) > 1
        and isinstance(read, bytes)
        and all(isinstance(one, bytes) for one in entry.values)
        and b" ".join(entry.values) == read
    )
