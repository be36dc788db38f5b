# SPDX-License-Identifier: Apache-2.0
"""YAML text to nodes, through the parser's events: bounded in size, depth and in what aliases unfold to.

No recursion, no constructors, no types. One syntax error ends a text: what stands behind it cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from lanner_engine.documents import problems
from lanner_engine.documents.nodes import Mapping, Node, Scalar, Sequence
from lanner_engine.documents.problems import Problems
from lanner_engine.source import Diagnostic, RuleError, Source, Span
from lanner_engine.text import Run, Text

MAX_CHARACTERS = 1 << 20
MAX_DEPTH = 32
MAX_WEIGHT = 4 * MAX_CHARACTERS  # of a document, aliases followed

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def whole(source: Source) -> Text:
    """A source as a text, without its byte order mark."""
    mark = int(source.text.startswith("\ufeff"))
    value = source.text[mark:]
    return Text(value, (Run(0, source, mark),), Span(source, mark, len(source.text)))


def read(origin: Text, found: Problems) -> list[Node]:
    """The root of each document; empty documents are left out. Keys that stand twice are noted in `found`.

    Raises:
        RuleError: too large, not text, not YAML, nested too deep, or a bomb of aliases; with one diagnostic.
    """
    if len(origin.value) > MAX_CHARACTERS:
        message = f"larger than {MAX_CHARACTERS >> 20} MiB"
        raise _error(origin, 0, message, "split it into several files", problems.FILE_READ)
    if (bad := _UNPRINTABLE.search(origin.value)) is not None:
        raise _error(origin, bad.start(), *_unprintable(bad[0]))
    return [root for root in _roots(origin, found) if not (isinstance(root, Scalar) and root.is_null)]


def _unprintable(character: str) -> tuple[str, str]:
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004  what undecodable bytes become
        return "not UTF-8 text", "save the file as UTF-8"
    message = f"a character that YAML does not allow: U+{code:04X}"
    return message, "in double quotes such characters are written as escapes, like \\x1b or \\u200b"


def _roots(origin: Text, found: Problems) -> Iterator[Node]:
    builder = _Builder(origin, found)
    try:
        for event in yaml.parse(origin.value, Loader=yaml.CBaseLoader):
            root = builder.take(event)
            if root is not None:
                yield root
    except yaml.MarkedYAMLError as error:
        raise _syntax(origin, error) from None
    except (yaml.YAMLError, ValueError) as error:
        raise _error(origin, 0, f"not YAML: {error}") from None


def _syntax(origin: Text, error: yaml.MarkedYAMLError) -> RuleError:
    unclosed = error.context == "while scanning a quoted scalar"
    mark = error.context_mark if unclosed else error.problem_mark or error.context_mark
    at = min(mark.index, len(origin.value)) if mark else 0
    if unclosed and "unexpected" in (error.problem or ""):
        return _error(origin, at, "not YAML: this quote is never closed")
    if unclosed and error.problem_mark:
        at = error.problem_mark.index
    message = " ".join(filter(None, ("not YAML:", error.problem, error.context)))
    return _error(origin, at, message, _syntax_hint(origin.value, at, error.problem or ""))


def _syntax_hint(text: str, at: int, problem: str) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at + 1]
    if "\t" in line[: len(line) - len(line.lstrip()) + 1]:
        return "YAML is indented with blanks, not with tabs"
    if re.search(r"[:-] +[%@`]", line):
        return "a value that begins with % @ or ` stands in quotes"
    if problem == "did not find expected node content" and text[at : at + 1] == ":":
        return "a value in brackets that begins with a colon stands in quotes"
    if problem.startswith("mapping values"):
        return "a value that holds a colon and a blank stands in quotes, or in a block behind >"
    return "look at the indentation, quotes and colons of this line and the one above"


def _error(origin: Text, at: int, message: str, hint: str = "", code: str = problems.YAML_PARSE) -> RuleError:
    return RuleError((Diagnostic("error", code, message, origin.span(at, at + 1), hint),))


@dataclass(slots=True)
class _Open:
    """A sequence or mapping whose end has not come yet."""

    mapping: bool
    start: int
    anchor: str | None
    children: list[Node] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    weight: int = 1
    broken: bool = False


class _Builder:
    """Takes events one by one, gives a root when its document ends."""

    def __init__(self, origin: Text, found: Problems) -> None:
        self._origin = origin
        self._problems = found
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._unfolded = 0

    def take(self, event: yaml.Event) -> Node | None:
        if event.start_mark is None or event.end_mark is None:
            return None
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.ScalarEvent):
            style = "" if event.style in (None, " ") else event.style
            scalar = Scalar(self._origin, start, end, 1 + end - start, event.value, style)
            return self._add(scalar, event.anchor)
        if isinstance(event, yaml.AliasEvent):
            return self._add(self._alias(event.anchor or "", start))
        if isinstance(event, yaml.CollectionStartEvent):
            self._begin(isinstance(event, yaml.MappingStartEvent), start, event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            return self._end(end)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._anchors, self._unfolded = {}, 0
        return None

    def _begin(self, mapping: bool, start: int, anchor: str | None) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise _error(self._origin, start, f"nested more than {MAX_DEPTH} deep")
        if anchor is not None:
            self._anchors.pop(anchor, None)
        self._open.append(_Open(mapping, start, anchor))

    def _end(self, end: int) -> Node | None:
        done = self._open.pop()
        node: Node
        if done.mapping:
            pairs = zip(done.children[::2], done.children[1::2], strict=True)
            kept = tuple((key, value) for key, value in pairs if isinstance(key, Scalar))
            node = Mapping(self._origin, done.start, end, done.weight, kept, done.broken)
        else:
            node = Sequence(self._origin, done.start, end, done.weight, tuple(done.children))
        return self._add(node, done.anchor)

    def _add(self, node: Node, anchor: str | None = None) -> Node | None:
        """A finished node goes into what is open; without that it is a root."""
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            return node
        parent = self._open[-1]
        if parent.mapping and len(parent.children) % 2 == 0:
            self._check_key(parent, node)
        parent.children.append(node)
        parent.weight += node.weight
        return None

    def _check_key(self, parent: _Open, node: Node) -> None:
        key = node.value if isinstance(node, Scalar) else None
        if key is not None and key not in parent.keys:
            parent.keys.add(key)
            return
        parent.broken = True
        span = self._origin.span(node.start, node.start + len(key or " "))
        if key is None:
            self._problems.error(problems.SHAPE, "a key must be a single value", span)
        else:
            self._problems.error(problems.SHAPE, f"the key {key} stands here twice", span, "keep one of them")

    def _alias(self, name: str, start: int) -> Node:
        node = self._anchors.get(name)
        if node is None:
            inside = any(one.anchor == name for one in self._open)
            message = (
                f"the alias *{name} stands inside its own anchor" if inside else f"no anchor &{name} before"
            )
            raise _error(self._origin, start, message)
        self._unfolded += node.weight
        if self._unfolded > MAX_WEIGHT:
            raise _error(self._origin, start, f"aliases unfold to more than {MAX_WEIGHT >> 20} MiB")
        return node
