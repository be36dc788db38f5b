# SPDX-License-Identifier: Apache-2.0
"""The result of a load for machines: one JSON object for each file, as the language's users know it
(specification 1.6). Numbers, texts, lists and mappings only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lanner_engine.diagnostics import marked
from lanner_engine.documents import schema
from lanner_engine.documents.located import Located, Location
from lanner_engine.source import Diagnostic, Source, Span

CODES = {
    "LOAD_ERR_FILE_READ": "the file cannot be read",
    "LOAD_ERR_YAML_PARSE": "the file is not YAML",
    "LOAD_ERR_YAML_VALIDATE": "the YAML does not have the shape of rules",
    "LOAD_ERR_VALIDATE": "the rules refer to what is not there, or contradict each other",
    "LOAD_ERR_COMPILE_CONDITION": "a condition cannot be compiled",
    "LOAD_ERR_COMPILE_OUTPUT": "an output cannot be compiled",
    "LOAD_ERR_EXTENSION": "an extension refuses an element",
    "LOAD_UNKNOWN_SOURCE": "a rule is for events of a source that there is not",
    "LOAD_UNSAFE_NA_CHECK": "a comparison with <NA> is no test for absence",
    "LOAD_NO_EVTTYPE": "a rule can match very many types of events",
    "LOAD_UNKNOWN_FILTER": "a rule that may be skipped names an unknown field or event",
    "LOAD_UNUSED_MACRO": "a macro is not used",
    "LOAD_UNUSED_LIST": "a list is not used",
    "LOAD_UNKNOWN_ITEM": "an element is of no known kind",
    "LOAD_UNKNOWN_KEY": "an element has an unknown key",
    "LOAD_DEPRECATED_ITEM": "something is used that will go away",
    "LOAD_APPEND_NO_VALUES": "an exception is appended or replaced without values",
    "LOAD_EXCEPTION_NAME_NOT_UNIQUE": "two exceptions of a rule have the same name",
    "LOAD_INVALID_MACRO_NAME": "a macro's name cannot be used",
    "LOAD_INVALID_LIST_NAME": "a list's name cannot be used",
    "LOAD_COMPILE_CONDITION": "a condition is valid and probably not meant",
    "LOAD_WARNING_EXTENSION": "an extension warns of an element",
}
_OLD_FIELD = "field "  # how messages about deprecated fields begin


def results(sources: Sequence[Source], diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    """One object for each source, in order, and for each file that could not be read."""
    found: dict[str, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        found.setdefault(diagnostic.span.source.name, []).append(diagnostic)
    texts = {source.name: source for source in sources}
    return [_result(name, texts.get(name), found.get(name, [])) for name in dict.fromkeys((*texts, *found))]


def _result(name: str, source: Source | None, found: list[Diagnostic]) -> dict[str, Any]:
    located = Located(source or Source(name, ""))
    errors = [one for one in found if one.severity == "error"]
    faults = None if source is None else schema.faults(source)
    status = "none" if faults is None else f"failed for {faults[0].message}" if faults else "ok"
    return {
        "name": name,
        "successful": not errors,
        "schema_valid": status,
        "schema_warnings": [_described(one, located) for one in faults or ()],
        "errors": [_described(one, located) for one in errors],
        "warnings": [_described(one, located) for one in found if one.severity == "warning"],
    }


def _described(diagnostic: Diagnostic, located: Located) -> dict[str, Any]:
    span = diagnostic.span
    *outer, inner = located.at(span.start)
    places = [_location(one, Span(span.source, one.start, one.start)) for one in outer]
    innermost = _location(inner, span)
    innermost["position"]["end_offset"] = span.end
    described: dict[str, Any] = {
        "code": diagnostic.code,
        "codedesc": CODES.get(diagnostic.code, ""),
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "context": {"locations": [*places, innermost], "snippet": "\n".join(marked(span))},
    }
    if diagnostic.code == "LOAD_DEPRECATED_ITEM" and diagnostic.message.startswith(_OLD_FIELD):
        described["deprecated_field"] = span.source.text[span.start : span.end]
    return described


def _location(place: Location, span: Span) -> dict[str, Any]:
    """Lines and columns from 1, offsets from 0."""
    line, column = span.position()
    position = {"name": span.source.name, "line": line, "column": column, "offset": span.start}
    return {"item_type": place.kind, "item_name": place.name, "position": position}
