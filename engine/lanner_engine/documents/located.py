# SPDX-License-Identifier: Apache-2.0
"""What of a document holds a place: the whole, an element, a part of it, each as the language calls it.

A source and an offset go in, what holds the offset comes out, from the outside in (specification 1.6). The
source is read a second time for this, because a diagnostic knows its place and nothing around it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lanner_engine.documents import nodes, object_spec, rules_file, yaml_reader
from lanner_engine.documents.nodes import Mapping, Node, Scalar
from lanner_engine.documents.problems import Problems
from lanner_engine.source import RuleError, Source

CONTENT: Final = "rules content"
ELEMENT: Final = "rules content item"
_PLUGINS: Final = "required plugin versions"
_PARTS: Final = {
    ("macro", "condition"): ("macro condition", "condition expression"),
    ("rule", "condition"): ("rule condition", "condition expression"),
    ("rule", "output"): ("rule output",),
    ("rule", "priority"): ("rule priority",),
}


@dataclass(frozen=True, slots=True)
class Location:
    """One of the things that hold a place: its kind, its name where it has one, and where it begins."""

    kind: str
    name: str
    start: int


class Located:
    """The elements of one source, to be asked for many places. A source that is no YAML has none."""

    def __init__(self, source: Source) -> None:
        try:
            roots = yaml_reader.read(yaml_reader.whole(source), Problems())
        except RuleError:
            roots = []
        self._elements = sorted((one for root in roots for one in _elements(root)), key=lambda one: one.start)
        self._starts = [one.start for one in self._elements]

    def at(self, place: int) -> list[Location]:
        """From the outside in; the first is the whole content."""
        found = [Location(CONTENT, "", 0)]
        number = bisect_right(self._starts, place) - 1
        if number >= 0 and _holds(self._elements[number].node, place):
            found += _inside(self._elements[number], place)
        return found


@dataclass(frozen=True, slots=True)
class _Element:
    """An element of a rules file, or of a list in a manifest's spec. `key` is the one that makes it what it
    is; empty where there is none.
    """

    kind: str
    key: str
    node: Node = field(repr=False)

    @property
    def start(self) -> int:
        return self.node.span.start


def _elements(root: Node) -> Iterator[_Element]:
    if isinstance(root, nodes.Sequence):
        yield from map(_of_file, root.items)
    elif isinstance(root, Mapping) and isinstance(spec := root.get("spec"), Mapping):
        for key in object_spec.DEFINING:
            listed = spec.get(key)
            items = listed.items if isinstance(listed, nodes.Sequence) else ()
            yield from (_Element(key.removesuffix("s"), "name", one) for one in items)


def _of_file(node: Node) -> _Element:
    key = rules_file.kind_of(node) if isinstance(node, Mapping) else None
    if key is None:
        return _Element(ELEMENT, "", node)
    return _Element(_PLUGINS if key == rules_file.PLUGINS else key, key, node)


def _inside(element: _Element, place: int) -> Iterator[Location]:
    node = element.node
    if not isinstance(node, Mapping) or not element.key:
        yield Location(element.kind, "", element.start)
        return
    named = element.kind in ("list", "macro", "rule")
    yield Location(element.kind, _text(node.get(element.key)) if named else "", element.start)
    for key, value in node.pairs:
        if _holds(key, place) or _holds(value, place):
            if key.value != element.key:
                yield from _part(element.kind, key, value, place)
            elif element.kind == _PLUGINS:
                yield from _named(value, place, f"{_PLUGINS} entry", f"{_PLUGINS} alternative")


def _part(kind: str, key: Scalar, value: Node, place: int) -> Iterator[Location]:
    """What holds a place in the value of an element's key."""
    if (kind, key.value) in _PARTS:
        yield from (Location(one, "", value.span.start) for one in _PARTS[kind, key.value])
    elif key.value == "exceptions":
        yield Location("exceptions", "", value.span.start)
        yield from _named(value, place, "exception", "exception value")
    elif key.value == "override":
        pairs = value.pairs if isinstance(value, Mapping) else ()
        entry = next((one for one, to in pairs if _holds(one, place) or _holds(to, place)), None)
        yield Location("overrides", _text(entry), (entry or value).span.start)
    elif (item := _item(value, place)) is not None:
        yield Location("list item", _text(item), item.span.start)
    else:
        yield Location("value for", key.value, value.span.start)


def _named(listed: Node, place: int, kind: str, inner: str) -> Iterator[Location]:
    """The mapping with a name that holds a place, and the item of a sequence in it that does."""
    node = _item(listed, place)
    if not isinstance(node, Mapping):
        return
    yield Location(kind, _text(node.get("name")), node.span.start)
    for key, value in node.pairs:
        item = _item(value, place) if key.value in ("values", "alternatives") else None
        if item is not None:
            name = _text(item.get("name")) if isinstance(item, Mapping) else ""
            yield Location(inner, name, item.span.start)


def _item(node: Node, place: int) -> Node | None:
    """The item of a sequence that holds a place."""
    items = node.items if isinstance(node, nodes.Sequence) else ()
    return next((one for one in items if _holds(one, place)), None)


def _holds(node: Node, place: int) -> bool:
    return node.span.start <= place < node.span.end


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, Scalar) and not node.is_null else ""
