# SPDX-License-Identifier: Apache-2.0
"""One element of a rules file or of a manifest's spec, read key by key; what is wrong is noted, not raised.

Shapes: specification 1.1 and 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from lanner_engine.diagnostics import suggest
from lanner_engine.documents import nodes, problems
from lanner_engine.documents.nodes import Mapping, Node, Scalar, Sequence
from lanner_engine.documents.problems import Problems
from lanner_engine.source import Span
from lanner_engine.text import Text

_TRUE = ("true", "yes", "on", "y")
_FALSE = ("false", "no", "off", "n")
_UNSIGNED = re.compile("0[xX][0-9a-fA-F]+|[0-9]+")
_MAX_NUMBER = 2**64 - 1


class Item:
    """`failed` says that a problem with it is an error: it must not be used.

    `kind` (rule, macro, ...) is for messages; `name_key` is the key that holds its name.
    """

    def __init__(self, mapping: Mapping, kind: str, name_key: str, found: Problems) -> None:
        self.mapping = mapping
        self.kind = kind
        self.problems = found
        self.failed = mapping.broken
        self._name_key = name_key
        self._name = mapping.get(name_key)

    @property
    def span(self) -> Span:
        """What stands for the whole element in messages: its name, else its beginning."""
        if isinstance(self._name, Scalar):
            return self._name.span
        return self.mapping.origin.span(self.mapping.start, self.mapping.start + 1)

    def name(self) -> str:
        """The name; empty, and an error, when there is none."""
        text = self.text(self._name_key)
        return text.value if text else ""

    def error(
        self, message: str, span: Span, hint: str = "", code: str = problems.SHAPE, reason: str = ""
    ) -> None:
        self.failed = True
        self.problems.error(code, message, span, hint, reason)

    def has(self, key: str) -> bool:
        return self.mapping.get(key) is not None

    def filled(self, key: str) -> Node | None:
        """The node of a key unless it is null."""
        node = self.mapping.get(key)
        return None if isinstance(node, Scalar) and node.is_null else node

    def span_of(self, key: str) -> Span:
        """Where a key is written, else the element's place."""
        return next((name.span for name, _ in self.mapping.pairs if name.value == key), self.span)

    def check_keys(self, known: Collection[str]) -> None:
        """Unknown keys are ignored, with a warning."""
        for key, _ in self.mapping.pairs:
            if key.value not in known:
                message = f"unknown key {key.value} in a {self.kind}: it is ignored"
                self.problems.warning("LOAD_UNKNOWN_KEY", message, key.span, suggest(key.value, known))

    def text(self, key: str) -> Text | None:
        """A required text; None, and an error, when it is missing, null or empty or is no text."""
        node = self.mapping.get(key)
        if node is None:
            self.error(self._lacks(key), self.span, f"add {key}: ...")
            return None
        text = self._scalar(key, node)
        if text is not None and (not text.value or self.filled(key) is None):
            self.error(f"{key} is empty", self.span_of(key))
            return None
        return text

    def _lacks(self, key: str) -> str:
        return f"the {self.kind} has no {key}"

    def _scalar(self, key: str, node: Node) -> Text | None:
        if isinstance(node, Scalar):
            return node.text()
        self.error(f"{key} must be a single value, not {nodes.kind(node)}", self.span_of(key))
        return None

    def optional(self, key: str) -> Text | None:
        """A text that may be missing or null."""
        node = self.filled(key)
        return None if node is None else self._scalar(key, node)

    def flag(self, key: str, default: bool) -> bool:
        """A boolean in one of YAML 1.1's spellings; the default where the key is missing."""
        text = self.text(key) if self.has(key) else None
        if text is None:
            return default
        if text.value in (text.value.lower(), text.value.capitalize(), text.value.upper()):
            if text.value.lower() in _TRUE:
                return True
            if text.value.lower() in _FALSE:
                return False
        self.error(f"{key} must be true or false", text.whole)
        return default

    def unsigned(self, key: str, default: int, largest: int = _MAX_NUMBER) -> int:
        """A number: decimal, 0x hexadecimal, 0 octal."""
        text = self.optional(key)
        if text is None:
            return default
        number = unsigned(text.value)
        if number is None or number > largest:
            limit = "" if largest == _MAX_NUMBER else f" from 0 to {largest}"
            self.error(f"{key} must be a whole number{limit}", text.whole)
            return default
        return number

    def texts(self, key: str) -> tuple[Text, ...] | None:
        """A sequence of single values, possibly empty; None, and an error, when it is anything else."""
        node = self.mapping.get(key)
        if not isinstance(node, Sequence):
            message = f"{key} must be a sequence, not {nodes.kind(node)}" if node else self._lacks(key)
            self.error(message, self.span_of(key), f"{key}: [a, b]")
            return None
        found: list[Text] = []
        for one in node.items:
            if isinstance(one, Scalar) and not one.is_null:
                found.append(one.text())
            else:
                place = one.origin.span(one.start, one.start + 1)
                hint = f'"{one.value}" in quotes is a text' if isinstance(one, Scalar) and one.value else ""
                self.error(f"{key} holds {nodes.kind(one)} where a value is expected", place, hint)
        return tuple(found)

    def mappings(self, key: str, *, filled: bool = False) -> list[Mapping]:
        """A sequence of mappings that may be missing or null; null elements are left out. With `filled`
        neither it nor an element may be null.
        """
        node = self.mapping.get(key) if filled else self.filled(key)
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self.error(f"{key} must be a sequence, not {nodes.kind(node)}", self.span_of(key))
            return []
        return mappings(node, key, self.error, filled=filled)


def unsigned(text: str) -> int | None:
    """The number, None when the text is none (specification 1.1)."""
    if not _UNSIGNED.fullmatch(text) or len(text) > len("0x" + "f" * 30):
        return None
    octal = text.startswith("0") and len(text) > 1 and text[1] not in "xX"
    try:
        return int(text, 8 if octal else 0)
    except ValueError:
        return None


def mappings(
    node: Sequence, what: str, error: Callable[[str, Span], None], *, filled: bool = False
) -> list[Mapping]:
    """The mappings of a sequence; anything else is an error, null only with `filled`."""
    found: list[Mapping] = []
    for one in node.items:
        if isinstance(one, Mapping):
            found.append(one)
        elif filled or not (isinstance(one, Scalar) and one.is_null):
            place = one.origin.span(one.start, one.start + 1)
            error(f"an element of {what} must be a mapping, not {nodes.kind(one)}", place)
    return found
