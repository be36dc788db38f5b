# SPDX-License-Identifier: Apache-2.0
"""Manifests under other names: every list, macro and rule that they define gets an ending, here and wherever
their texts mean it. So they can stand beside what has these names, and change nothing of it.

Text is moved, never written anew: what an API server says of a place is said of the place as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lanner_engine.ast import Check, Expr, ListLiteral, Literal, MacroRef, walk
from lanner_engine.convert.converted import CODE
from lanner_engine.documents import manifest, object_spec, tenant_lists, yaml_reader
from lanner_engine.documents.collect import collect
from lanner_engine.documents.definitions import Definitions
from lanner_engine.documents.manifest import Manifest
from lanner_engine.documents.nodes import Mapping as Keys
from lanner_engine.documents.nodes import Node, Scalar
from lanner_engine.documents.nodes import Sequence as Elements
from lanner_engine.documents.problems import Problems
from lanner_engine.parser.recovery import parse_on
from lanner_engine.passes.lists import LIST_OPERATORS
from lanner_engine.program import exceptions
from lanner_engine.source import Diagnostic, RuleError, Source, Span
from lanner_engine.text import Text

_KINDS: Mapping[str, str] = {"lists": "list", "macros": "macro", "rules": "rule"}
Insertion = tuple[str, int, str]  # into the text of the source with this name, at this character


@dataclass(frozen=True, slots=True)
class Endings:
    """What is put behind names: `word` is made of letters, digits and _; `words` may hold more."""

    word: str
    words: str

    def of(self, kind: str) -> str:
        return self.words if kind == "rule" else self.word


def renamed(sources: Sequence[Source], endings: Endings) -> tuple[Source, ...]:
    """The same manifests. The sources have names of their own, each another.

    Raises:
        RuleError: a source is no manifest, or a name stands where none can be put behind it.
    """
    definitions, _ = collect(sources)
    places = {*_where_defined(sources, definitions, endings), *_where_meant(definitions, endings)}
    made = tuple(Source(one.name, _inserted(one, places), one.owner) for one in sources)
    _require_renamed(definitions, made, endings)
    return made


def _inserted(source: Source, places: set[Insertion]) -> str:
    text = source.text
    own = sorted((at, ending) for name, at, ending in places if name == source.name)
    for at, ending in reversed(own):
        text = text[:at] + ending + text[at:]
    return text


def _where_defined(
    sources: Sequence[Source], definitions: Definitions, endings: Endings
) -> Iterator[Insertion]:
    for source in sources:
        problems = Problems()
        for root in yaml_reader.read(yaml_reader.whole(source), problems):
            found = manifest.describe(root, problems) if isinstance(root, Keys) else None
            if found is None:
                raise RuleError((_error("there is no manifest here", Span(source, 0, 0)),))
            known = definitions.namespaces.get(found.owner.namespace, definitions)
            for kind, name in _names(found):
                if name.value in _of_kind(known, kind):
                    yield _behind(name.text().end(), endings.of(kind))


def _names(described: Manifest) -> Iterator[tuple[str, Scalar]]:
    """Each kind and name that an element of the spec has."""
    for key, kind in _KINDS.items():
        yield from _named(described.spec.get(key), "name", kind)
    yield from _named(described.spec.get(tenant_lists.LISTS), "name", "list")
    for root in object_spec.from_node(described.owner, described.spec).roots:
        for kind in _KINDS.values():
            yield from _named(root, kind, kind)


def _named(elements: Node | None, key: str, kind: str) -> Iterator[tuple[str, Scalar]]:
    for one in elements.items if isinstance(elements, Elements) else ():
        name = one.get(key) if isinstance(one, Keys) else None
        if isinstance(name, Scalar):
            yield kind, name


def _of_kind(known: Definitions, kind: str) -> Mapping[str, object]:
    return {"list": known.lists, "macro": known.macros, "rule": known.rules}[kind]


def _where_meant(definitions: Definitions, endings: Endings) -> Iterator[Insertion]:
    for known in (definitions, *definitions.namespaces.values()):
        for rule in known.rules.values():
            yield from _in_condition(exceptions.condition_text(rule), known, endings)
        for macro in known.macros.values():
            yield from _in_condition(macro.condition, known, endings)
        for one in known.lists.values():
            for item in one.items:
                if item.value in known.lists:
                    yield _behind(item.end(), endings.word)


def _in_condition(text: Text, known: Definitions, endings: Endings) -> Iterator[Insertion]:
    tree = parse_on(text).tree
    for node in walk(tree) if tree is not None else ():
        if isinstance(node, MacroRef) and node.name in known.macros:
            yield _behind(node.span, endings.word)
        for item in _list_names(node):
            if item.value.decode("utf-8", "replace") in known.lists:
                yield _behind(item.span, endings.word)


def _list_names(node: Expr) -> Iterator[Literal]:
    """Words that name a list, where there is one of that name."""
    if not isinstance(node, Check):
        return
    right = node.right
    alone = isinstance(right, Literal) and (node.operator in LIST_OPERATORS or node.modifier)
    items = right.items if isinstance(right, ListLiteral) else (right,) if alone else ()
    yield from (one for one in items if isinstance(one, Literal) and not one.quoted)


def _behind(span: Span, ending: str) -> Insertion:
    return span.source.name, span.end, ending


def _require_renamed(before: Definitions, sources: Sequence[Source], endings: Endings) -> None:
    """A name may stand in a way that nothing can be put behind it: folded over lines, for one."""
    after, _ = collect(sources)
    for name, old in (("", before), *before.namespaces.items()):
        new = after.namespaces.get(name, after) if name else after
        for kind in _KINDS.values():
            expected = {one + endings.of(kind) for one in _of_kind(old, kind)}
            if expected - _of_kind(new, kind).keys():
                message = f"a name of a {kind} in this file is written in a way that it cannot be changed"
                hint = "write names on one line, without anchors and aliases"
                raise RuleError((_error(message, Span(sources[0], 0, 1), hint),))


def _error(message: str, place: Span, hint: str = "") -> Diagnostic:
    return Diagnostic("error", CODE, message, place, hint)
