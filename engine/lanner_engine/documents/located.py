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
    name: str
    node: Node = field(repr=False)

    @property
    def start(self) -> int:
        return _start(self.node)


def _elements(root: Node) -> Iterator[_Element]:
    if isinstance(root, nodes.Sequence):
        yield from map(_of_file, root.items)
    elif isinstance(root, Mapping) and isinstance(spec := root.get("spec"), Mapping):
        for key in object_spec.DEFINING:
            listed = spec.get(key)
            items = listed.items if isinstance(listed, nodes.Sequence) else ()
            yield from (_Element(key.removesuffix("s"), "name", _name(one), one) for one in items)


def _of_file(node: Node) -> _Element:
    key = rules_file.kind_of(node) if isinstance(node, Mapping) else None
    if key is None:
        return _Element(ELEMENT, "", "", node)
    name = _name(node, key) if key in ("list", "macro", "rule") else ""
    return _Element(_PLUGINS if key == rules_file.PLUGINS else key, key, name, node)


def _inside(element: _Element, place: int) -> Iterator[Location]:
    yield Location(element.kind, element.name, element.start)
    entry = _entry(element.node, place)
    if entry is None or not element.key:
        return
    key, value = entry
    if key.value != element.key:
        yield from _part(element.kind, key, value, place)
    elif element.kind == _PLUGINS:
        yield from _named(value, place, f"{_PLUGINS} entry", f"{_PLUGINS} alternative")


def _part(kind: str, key: Scalar, value: Node, place: int) -> Iterator[Location]:
    """What holds a place in the value of an element's key."""
    if (kind, key.value) in _PARTS:
        yield from (Location(one, "", _start(value)) for one in _PARTS[kind, key.value])
    elif key.value == "exceptions":
        yield Location("exceptions", "", _start(value))
        yield from _named(value, place, "exception", "exception value")
    elif key.value == "override":
        inner = _entry(value, place)
        yield Location("overrides", inner[0].value if inner else "", _start(inner[0] if inner else value))
    elif (item := _item(value, place)) is not None:
        yield Location("list item", _text(item), _start(item))
    else:
        yield Location("value for", key.value, _start(value))


def _named(listed: Node, place: int, kind: str, inner: str) -> Iterator[Location]:
    """The mapping with a name that holds a place, and the item of a sequence in it that does."""
    node = _item(listed, place)
    if node is None:
        return
    yield Location(kind, _name(node), _start(node))
    entry = _entry(node, place)
    if entry is not None and entry[0].value in ("values", "alternatives"):
        item = _item(entry[1], place)
        if item is not None:
            yield Location(inner, _name(item), _start(item))


def _item(node: Node, place: int) -> Node | None:
    """The item of a sequence that holds a place; looked up, for a hostile list is long."""
    items = node.items if isinstance(node, nodes.Sequence) else ()
    number = bisect_right(items, place, key=_start) - 1
    return items[number] if number >= 0 and _holds(items[number], place) else None


def _entry(node: Node, place: int) -> tuple[Scalar, Node] | None:
    """The key of a mapping, with its value, that hold a place."""
    pairs = node.pairs if isinstance(node, Mapping) else ()
    number = bisect_right(pairs, place, key=lambda pair: _start(pair[0])) - 1
    if number < 0 or not any(_holds(one, place) for one in pairs[number]):
        return None
    return pairs[number]


def _start(node: Node) -> int:
    return node.span.start


def _holds(node: Node, place: int) -> bool:
    return node.span.start <= place < node.span.end


def _name(node: Node, key: str = "name") -> str:
    return _text(node.get(key)) if isinstance(node, Mapping) else ""


def _text(node: Node | None) -> str:
    return node.value if isinstance(node, Scalar) and not node.is_null else ""
