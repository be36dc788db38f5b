# SPDX-License-Identifier: Apache-2.0
"""Manifests become rules files: their `content` as it is, or their lists, macros and rules as elements.

Elements are moved as text, with the comments above them. What a rules file cannot say, where the rules hold
and when they are loaded, is told in notes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lanner_engine.convert import blocks
from lanner_engine.convert.converted import CODE, Converted, Document, require_same
from lanner_engine.documents import manifest, tenant_lists, yaml_reader
from lanner_engine.documents.manifest import Manifest
from lanner_engine.documents.nodes import Mapping, Node, Scalar
from lanner_engine.documents.nodes import Sequence as Elements
from lanner_engine.documents.object_spec import DEFINING
from lanner_engine.documents.problems import Problems
from lanner_engine.resources.rule_object import CLUSTER_RULE
from lanner_engine.source import Diagnostic, RuleError, Source, Span

_KINDS = {"lists": "list", "macros": "macro", "rules": "rule"}


def rules_files(sources: Sequence[Source]) -> Converted:
    """One rules file for each object, in the order in which a cluster loads them.

    Raises:
        RuleError: a source is no manifest, or has no well-shaped one.
    """
    found = [(source, one) for source in sources for one in _manifests(source)]
    found.sort(key=lambda pair: pair[1].owner.order)
    documents: list[Document] = []
    notes: list[str] = []
    for source, described in found:
        key = described.owner.key
        if not described.active:
            notes.append(f"{key} is Disabled: it is left out")
            continue
        document = Document(_name(described), _heading(described) + _elements(source, described.spec))
        documents.append(document)
        notes += [f"{key}: {note}" for note in _lost(described)]
    if len(documents) > 1:
        notes.append("load them in this order: " + " ".join(f"{one.name}.yaml" for one in documents))
    cluster = [one for _, one in found if one.owner.kind == CLUSTER_RULE]
    if len(cluster) == len(found) or len(found) == 1:
        require_same(list(sources), [Source(one.name, one.text) for one in documents])
    return Converted(tuple(documents), tuple(notes))


def _manifests(source: Source) -> list[Manifest]:
    problems = Problems()
    made: list[Manifest | None] = []
    for root in yaml_reader.read(yaml_reader.whole(source), problems):
        if not isinstance(root, Mapping):
            place = root.origin.span(root.start, root.start + 1)
            raise RuleError((Diagnostic("error", CODE, "this is a rules file already", place),))
        made.append(manifest.describe(root, problems))
    errors = tuple(one for one in problems.kept if one.severity == "error")
    if errors or not made:
        nothing = Diagnostic("error", CODE, "there is no manifest in this file", Span(source, 0, 0))
        raise RuleError(errors or (nothing,))
    return [one for one in made if one is not None]


def _name(described: Manifest) -> str:
    return ".".join(filter(None, (described.owner.namespace, described.owner.name)))


def _heading(described: Manifest) -> str:
    return f"# {described.owner.key}\n"


def _lost(described: Manifest) -> Iterator[str]:
    """What a rules file cannot say."""
    spec = described.owner.spec
    for key, what in (
        (tenant_lists.LISTS, "namespaces add nothing"),
        (tenant_lists.VALUES, "nothing is given"),
    ):
        if described.spec.get(key) is not None:
            yield f"{key} is lost: {what} to lists of a rules file"
    if described.spec.get("rules") is None and described.spec.get("content") is None:
        return  # lists and macros hold nowhere by themselves
    if described.owner.kind != CLUSTER_RULE:
        home = described.owner.namespace
        yield f"its rules hold in the namespace {home} only; those of a rules file everywhere"
    elif spec.get("hostScope", "Exclude") != "Include":
        where = "outside containers" if spec.get("hostScope") == "Only" else "in containers"
        yield f"its rules hold {where} only; those of a rules file everywhere"
    if described.owner.dry_run:
        yield "its mode DryRun is lost: the rules make alerts"
    for key in ("podSelector", "namespaceSelector", "containers"):
        if spec.get(key) is not None:
            yield f"{key} is lost: the rules hold in every {'container' if key == 'containers' else 'pod'}"
    if described.owner.chooses_nodes:
        yield "nodeSelector is lost: the rules hold on every node"


def _elements(source: Source, spec: Mapping) -> str:
    content = spec.get("content")
    if isinstance(content, Scalar) and not content.is_null:
        return content.value if content.value.endswith("\n") else content.value + "\n"
    text = yaml_reader.whole(source).value
    return "\n".join(part for key in DEFINING for part in _of_kind(text, spec.get(key), _KINDS[key]))


def _of_kind(text: str, node: Node | None, kind: str) -> list[str]:
    if not isinstance(node, Elements):
        return []
    made: list[str] = []
    for number, item in enumerate(node.items):
        if isinstance(item, Mapping):
            following = node.items[number + 1].start if number + 1 < len(node.items) else None
            made.append(_element(text, item, following, kind))
    return made


def _element(text: str, item: Mapping, following: int | None, kind: str) -> str:
    """The element with the comments above it; the key that names it is its kind's."""
    line = blocks.line_start(text, item.start)
    body = _renamed(text[item.start : _end(text, item, following)], item, kind)
    above = blocks.with_comments_above(text, line, 0)
    comments = [comment.strip() for comment in text[above:line].splitlines()]
    return "".join(f"{comment}\n" for comment in comments) + blocks.moved(body, item.start - line)


def _end(text: str, item: Mapping, following: int | None) -> int:
    """A block ends before the next element and the comments above that."""
    if text[item.start] == "{" or following is None or following <= item.start:
        return item.end
    line = blocks.line_start(text, following)
    return item.end if line <= item.start else blocks.with_comments_above(text, line, item.start)


def _renamed(body: str, item: Mapping, kind: str) -> str:
    key = next((one for one, _ in item.pairs if one.value == "name"), None)
    if key is None:
        return body
    return body[: key.start - item.start] + kind + body[key.end - item.start :]
