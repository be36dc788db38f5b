# SPDX-License-Identifier: Apache-2.0
"""The file's document, variables and options, one laid over the other -> plain values, each with its place.

A value stays the text that was written; the model makes of it what it is to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lanner_agent.settings.catalogue import SETTINGS, Keys
from lanner_engine.documents import json_reader, nodes
from lanner_engine.documents.nodes import Node, Scalar
from lanner_engine.source import Span

Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value and its key are written, and the `origin` in words."""

    key: Span
    value: Span
    origin: str


class Layers:
    """`values` as the model reads them; `places` of all of them and of the lists and mappings around."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.places: dict[Loc, Place] = {}

    def document(self, root: nodes.Mapping) -> None:
        """The file's; the first of the layers."""
        self.values = self._mapping(root, ())

    def environment(self, environment: Mapping[str, str]) -> None:
        """Variables that are empty are not there."""
        for setting in SETTINGS:
            if setting.variable and (text := environment.get(setting.variable)):
                self.put(setting.keys, text, f"${setting.variable}")

    def put(self, keys: Keys, value: Any, origin: str) -> None:
        """A value from outside the file, in place of what was there."""
        span = json_reader.read(value if isinstance(value, str) else "", origin, "").span
        for loc in [loc for loc in self.places if loc[: len(keys)] == keys]:
            del self.places[loc]
        self.places[keys] = Place(span, span, origin)
        inside: Any = self.values
        for key in keys[:-1]:
            inside = inside.setdefault(key, {})
            if not isinstance(inside, dict):  # the model will say what is wrong with it
                return
        inside[keys[-1]] = value

    def near(self, loc: Loc) -> Place | None:
        """Of the value, else of what holds it."""
        for length in range(len(loc), 0, -1):
            if (place := self.places.get(loc[:length])) is not None:
                return place
        return None

    def _mapping(self, node: nodes.Mapping, loc: Loc) -> dict[str, Any]:
        """Without what is null: that is the same as not there."""
        found = {}
        for key, value in node.pairs:
            if isinstance(value, Scalar) and value.is_null:
                continue
            self._note(value, (*loc, key.value), key.span)
            found[key.value] = self._value(value, (*loc, key.value))
        return found

    def _value(self, node: Node, loc: Loc) -> Any:
        if isinstance(node, Scalar):
            return None if node.is_null else node.value
        if isinstance(node, nodes.Mapping):
            return self._mapping(node, loc)
        for number, one in enumerate(node.items):
            self._note(one, (*loc, number), one.span)
        return [self._value(one, (*loc, number)) for number, one in enumerate(node.items)]

    def _note(self, node: Node, loc: Loc, key: Span) -> None:
        span = node.span if isinstance(node, Scalar) else node.origin.span(node.start, node.start + 1)
        line, _ = key.position()
        self.places[loc] = Place(key, span, f"{key.source.name}:{line}")
