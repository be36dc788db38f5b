# SPDX-License-Identifier: Apache-2.0
"""Nodes of a YAML document: scalars as they are written, sequences, mappings, each with its place.

The reader of YAML makes them for all that reads documents. No scalar is given a type (specification 1.1). An
alias is the very node of its anchor, so a node may stand in a document more than once; none holds itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lanner_engine.documents import alignment
from lanner_engine.source import Span
from lanner_engine.text import Text

VERBATIM = "="  # the style of a value that is its origin, character by character
_NULLS = ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """Characters [start, end) of `origin`, which is a file or a scalar that holds a document of its own."""

    origin: Text = field(repr=False)
    start: int
    end: int
    weight: int = field(repr=False)  # characters of what has to be read, aliases followed

    @property
    def span(self) -> Span:
        return self.origin.span(self.start, self.end)


@dataclass(frozen=True, slots=True, eq=False)
class Scalar(_Placed):
    """`style` is one of '' (plain), ' " | > and VERBATIM."""

    value: str
    style: str

    @property
    def is_null(self) -> bool:
        return not self.style and self.value in _NULLS

    def text(self) -> Text:
        """The value, each character with its place."""
        if self.style == VERBATIM:
            return self.origin
        runs = alignment.runs(self.origin, self.start, self.end, self.value, self.style)
        return Text(self.value, runs, self.span)


@dataclass(frozen=True, slots=True, eq=False)
class Sequence(_Placed):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Mapping(_Placed):
    """Keys are scalars, each here once. `broken`: a key stood there twice, or was no scalar."""

    pairs: tuple[tuple[Scalar, Node], ...]
    broken: bool

    def get(self, key: str) -> Node | None:
        return next((node for name, node in self.pairs if name.value == key), None)


Node = Scalar | Sequence | Mapping


def kind(node: Node) -> str:
    """What a person calls it."""
    if isinstance(node, Scalar):
        return "nothing" if node.is_null else "a single value"
    return "a sequence" if isinstance(node, Sequence) else "a mapping"
