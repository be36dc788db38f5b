# SPDX-License-Identifier: Apache-2.0
"""JSON values to nodes: the spec of an API object, without YAML text around it.

Every value is a source of its own whose name is its path (`spec.rules[2].condition`) and whose text is the
value, so that diagnostics mark places inside a field. A key stands in no text; what is said about one only
names its path. The caller has bounded size and depth.
"""

from __future__ import annotations

from collections.abc import Mapping as JsonObject
from typing import Any

from lanner_engine.documents.nodes import VERBATIM, Mapping, Node, Scalar, Sequence
from lanner_engine.source import Source, Span
from lanner_engine.text import Run, Text


def read(value: Any, path: str, owner: str) -> Node:
    """The node of a value that stands at `path` of the object `owner`."""
    if isinstance(value, JsonObject):
        return _mapping(value, path, owner)
    if isinstance(value, list | tuple):
        items = tuple(read(one, f"{path}[{number}]", owner) for number, one in enumerate(value))
        return Sequence(_nowhere(path, owner), 0, 0, 1, items)
    if value is None:
        return Scalar(_nowhere(path, owner), 0, 0, 1, "", "")
    return _scalar(_written(value), path, owner)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _scalar(value: str, path: str, owner: str) -> Scalar:
    source = Source(path, value, owner)
    origin = Text(value, (Run(0, source, 0),), Span(source, 0, len(value)))
    return Scalar(origin, 0, len(value), 1 + len(value), value, VERBATIM)


def _mapping(value: JsonObject[str, Any], path: str, owner: str) -> Mapping:
    pairs = tuple(
        (_key(key, f"{path}.{key}", owner), read(one, f"{path}.{key}", owner)) for key, one in value.items()
    )
    return Mapping(_nowhere(path, owner), 0, 0, 1, pairs, broken=False)


def _key(key: str, path: str, owner: str) -> Scalar:
    return Scalar(_nowhere(path, owner), 0, 0, 1, key, VERBATIM)


def _nowhere(path: str, owner: str) -> Text:
    return Text("", (), Span(Source(path, "", owner), 0, 0))
