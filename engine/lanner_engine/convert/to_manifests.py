# SPDX-License-Identifier: Apache-2.0
"""Rules files become FalcoRules or ClusterFalcoRules that hold them as `content`, comments and all.

A file that is too large for one object is cut between elements; load orders keep the parts, and several
files, in their order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lanner_engine.convert import blocks
from lanner_engine.convert.converted import CODE, Converted, Document, require_same
from lanner_engine.diagnostics import visible
from lanner_engine.documents import yaml_reader
from lanner_engine.documents.nodes import Node
from lanner_engine.documents.nodes import Sequence as Elements
from lanner_engine.documents.problems import Problems
from lanner_engine.resources.falco_rule import MAX_CONTENT
from lanner_engine.resources.rule_object import API_VERSION, CLUSTER_RULE, LOAD_ORDER, MAX_LOAD_ORDER
from lanner_engine.source import Diagnostic, RuleError, Source, Span

_MAX_NAME = 240  # of 253 that Kubernetes allows, with room for a number
_NO_NAME = re.compile(r"[^a-z0-9.-]+|(?<=\.)[.-]+|(?<=-)\.+")


@dataclass(frozen=True, slots=True)
class Target:
    """What to make. Without a name objects are called like their files; a namespace may be open."""

    kind: str = CLUSTER_RULE
    name: str = ""
    namespace: str = ""


def manifests(sources: Sequence[Source], target: Target) -> Converted:
    """One object for each file, more for what is too large.

    Raises:
        RuleError: a file is no rules file, or cannot be cut.
    """
    parts = [(_name(source, target), part) for source in sources for part in _parts(source)]
    if len(parts) > MAX_LOAD_ORDER - LOAD_ORDER + 1:
        message = f"{len(parts)} objects are more than there are load orders"
        raise _error(sources[0], 0, message, "convert fewer files")
    made = tuple(
        _document(name, text, number if len(parts) > 1 else None, target)
        for number, (name, text) in enumerate(_numbered(parts))
    )
    plain = [Source(source.name, _unix(source.text)) for source in sources]
    require_same(plain, [Source(one.name, one.text) for one in made])
    return Converted(made, tuple(_notes(sources, made, target)))


def _notes(sources: Sequence[Source], made: Sequence[Document], target: Target) -> Iterator[str]:
    if target.kind != CLUSTER_RULE:
        yield "a FalcoRule matches only in pods of its namespace, and changes no rule of a ClusterFalcoRule"
    if len(made) > len(sources):
        limit = f"{MAX_CONTENT >> 10} KiB"
        yield f"{len(made)} objects were made of {len(sources)} files: one holds at most {limit}"
    for source in sources:
        if "\r\n" in source.text:
            yield f"{visible(source.name)}: line ends are written as \\n"


def _unix(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def _name(source: Source, target: Target) -> str:
    """A name that Kubernetes takes, from the file's."""
    if target.name:
        return target.name
    file = source.name.replace("\\", "/").rpartition("/")[2]
    stem = re.sub(r"\.ya?ml$", "", file).lower()
    return _NO_NAME.sub("-", stem)[:_MAX_NAME].strip(".-") or "rules"


def _numbered(parts: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Names that stand more than once get a number."""
    names = [name for name, _ in parts]
    seen: dict[str, int] = {}
    for name, text in parts:
        seen[name] = seen.get(name, 0) + 1
        yield (f"{name}-{seen[name]}" if names.count(name) > 1 else name), text


def _document(name: str, content: str, number: int | None, target: Target) -> Document:
    lines = [f"apiVersion: {API_VERSION}", f"kind: {target.kind}", "metadata:", f"  name: {name}"]
    if target.namespace:
        lines.append(f"  namespace: {target.namespace}")
    lines.append("spec:")
    if number is not None:
        lines.append(f"  loadOrder: {LOAD_ORDER + number}")
    if target.kind == CLUSTER_RULE:
        lines.append("  hostScope: Include  # as a rules file: inside containers and outside")
    return Document(name, "\n".join(lines) + f"\n  content: {blocks.literal(content, 4)}")


def _parts(source: Source) -> list[str]:
    """The text, cut where it is too large for one object."""
    text = _unix(source.text)
    roots = yaml_reader.read(yaml_reader.whole(Source(source.name, text)), Problems())
    for root in roots:
        if not isinstance(root, Elements):
            raise _error(source, root.start, "this is no rules file", "manifests become one with --to rules")
    if not roots:
        raise _error(source, 0, "there is nothing in this file")
    if _size(text) <= MAX_CONTENT:
        return [text]
    return _cut(source, text, roots)


def _cut(source: Source, text: str, roots: Sequence[Node]) -> list[str]:
    cuts = [0, *_places(text, roots), len(text)]
    parts: list[str] = []
    start = 0
    for last, cut in pairwise(cuts):
        if _size(text[start:cut]) > MAX_CONTENT and last > start:
            parts.append(text[start:last])
            start = last
        if _size(text[start:cut]) > MAX_CONTENT:
            raise _error(source, start, f"an element is larger than {MAX_CONTENT >> 10} KiB", "shorten it")
    return [*parts, text[start:]]


def _places(text: str, roots: Sequence[Node]) -> list[int]:
    """Where an element begins at the left of a line, with the comments above it."""
    places: list[int] = []
    for root in roots:
        for element in root.items if isinstance(root, Elements) else ():
            line = blocks.line_start(text, element.start)
            if text[line : element.start].strip() == "-":
                places.append(blocks.with_comments_above(text, line, places[-1] + 1 if places else 0))
    return [place for place in places if place > 0]


def _size(text: str) -> int:
    return len(text.encode())


def _error(source: Source, at: int, message: str, hint: str = "") -> RuleError:
    return RuleError((Diagnostic("error", CODE, message, Span(source, at, at + 1), hint),))
