# SPDX-License-Identifier: Apache-2.0
"""What the spec of a FalcoRule or ClusterFalcoRule defines: lists, macros and rules, or a rules file.

`read` takes an API object apart, once for each version of it; `apply` fills the tables, as often as wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lanner_engine.documents import (
    json_reader,
    named_items,
    requirements,
    rule_item,
    rules_file,
    tenant_lists,
    yaml_reader,
)
from lanner_engine.documents.builder import DefinitionsBuilder
from lanner_engine.documents.item import Item
from lanner_engine.documents.nodes import Mapping, Node, Scalar
from lanner_engine.documents.problems import Problems
from lanner_engine.resources.rule_object import SOURCE, RuleObject
from lanner_engine.source import Diagnostic, RuleError

DEFINING = ("lists", "macros", "rules")
_READERS: dict[str, Callable[[Mapping, str, DefinitionsBuilder], None]] = {
    "lists": named_items.read_list,
    "macros": named_items.read_macro,
    "rules": rule_item.read_rule,
}


@dataclass(frozen=True, slots=True)
class ObjectSpec:
    """One version of an object, ready to be applied. `roots` are the documents of its content, `problems`
    what was wrong with their YAML.
    """

    owner: RuleObject
    node: Mapping
    roots: tuple[Node, ...]
    problems: tuple[Diagnostic, ...]


def read(owner: RuleObject) -> ObjectSpec:
    """The spec of an object of the API. Its size and depth are bounded already."""
    node = json_reader.read(owner.spec, "spec", owner.key)
    if not isinstance(node, Mapping):
        raise TypeError("a spec is a mapping")
    return from_node(owner, node)


def from_node(owner: RuleObject, node: Mapping) -> ObjectSpec:
    """The spec as it stands in a manifest or in JSON."""
    found = Problems()
    content = node.get("content")
    roots: list[Node] = []
    if isinstance(content, Scalar) and not content.is_null:
        try:
            roots = yaml_reader.read(content.text(), found)
        except RuleError as error:
            for diagnostic in error.diagnostics:
                found.add(diagnostic)
    return ObjectSpec(owner, node, tuple(roots), tuple(found.kept))


def apply(spec: ObjectSpec, into: DefinitionsBuilder) -> None:
    """What the spec defines, in the order lists, macros, rules; problems are noted in `into`."""
    item = Item(spec.node, "spec", "name", into.problems)
    for problem in spec.problems:
        into.problems.add(problem)
    check_form(item)
    requirements.check_spec(item)
    if item.failed:
        return
    into.owner = spec.owner
    for root in spec.roots:
        rules_file.apply(root, into)
    for key, reader in _READERS.items():
        for mapping in item.mappings(key):
            reader(mapping, "name", into)
    tenant_lists.read(item, spec.owner, into)
    into.owner = None
    _check_changes(item, spec.owner, into)


def _check_changes(spec: Item, owner: RuleObject, into: DefinitionsBuilder) -> None:
    """A change of what another object defines is in force wherever that is: not tried, and on every node."""
    changed = into.changers.get(owner.key)
    key = "mode" if owner.dry_run else "nodeSelector" if owner.chooses_nodes else ""
    if key and changed is not None:
        what = "mode DryRun" if owner.dry_run else "a nodeSelector"
        message = f"with {what} an object changes nothing of others, and this one changes {changed}"
        spec.error(message, spec.span_of(key), "give it a name of its own, here and where it is used")


def check_form(spec: Item) -> None:
    """Either lists, macros and rules, or content, or a source."""
    defining = [key for key in DEFINING if spec.filled(key) is not None]
    content = spec.filled("content")
    if spec.filled(SOURCE) is not None:
        if content is not None or defining:
            other = "content" if content is not None else defining[0]
            spec.error(f"source and {other} cannot stand together", spec.span_of(SOURCE))
        return
    if content is not None and defining:
        spec.error(f"content and {defining[0]} cannot stand together", spec.span_of("content"))
    elif content is not None and not isinstance(content, Scalar):
        spec.error("content must be text: a rules file in a block behind |", spec.span_of("content"))
    elif content is None and not defining and spec.filled(tenant_lists.VALUES) is None:
        spec.error("the spec defines nothing", spec.span, "add rules, macros, lists or content")
