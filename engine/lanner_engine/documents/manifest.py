# SPDX-License-Identifier: Apache-2.0
"""FalcoRule and ClusterFalcoRule manifests: shape of the resource, and what its spec defines.

Called by documents/collect with a document whose root is a mapping. `describe` reads what decides the order,
`apply` fills the tables. Restrictions of the spec that this version does not enforce are named in a warning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lanner_engine.documents import named_items, nodes, rule_item, rules_file, yaml_reader
from lanner_engine.documents.builder import DefinitionsBuilder
from lanner_engine.documents.item import Item
from lanner_engine.documents.nodes import Mapping, Node, Scalar
from lanner_engine.documents.problems import Problems
from lanner_engine.source import RuleError

API_VERSION = "lanner.dev/v1alpha1"
KINDS = ("FalcoRule", "ClusterFalcoRule")
LOAD_ORDER = 500
MAX_LOAD_ORDER = 1_000

_TOP = ("apiVersion", "kind", "metadata", "spec", "status")
_DEFINING = ("lists", "macros", "rules")
# What the resource has, or will have, that nobody looks at yet.
_NOT_ENFORCED = (
    "requiredEngine",
    "nodeSelector",
    "namespaceSelector",
    "podSelector",
    "containers",
    "publish",
)
_SPEC = ("mode", "loadOrder", "content", "hostScope", *_DEFINING, *_NOT_ENFORCED)
NOT_ENFORCED = "LOAD_WARNING_EXTENSION"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A well-shaped manifest. `order` is what manifests are sorted by: load order, namespace, name."""

    order: tuple[int, str, str]
    active: bool
    spec: Item


def describe(root: Mapping, found: Problems) -> Manifest | None:
    """The manifest; None when it is none or has an error outside its definitions, which is noted."""
    top = Item(root, "manifest", "kind", found)
    if root.get("apiVersion") is None and root.get("kind") is None:
        _no_manifest(root, top)
        return None
    top.check_keys(_TOP)
    version, kind = top.text("apiVersion"), top.text("kind")
    if version is not None and version.value != API_VERSION:
        top.error(f"unknown apiVersion {version.value}", version.whole, f"write {API_VERSION}")
    if kind is not None and kind.value not in KINDS:
        top.error(f"unknown kind {kind.value}", kind.whole, "kinds are FalcoRule and ClusterFalcoRule")
    metadata, spec = _part(top, "metadata", "name"), _part(top, "spec", "name")
    if metadata is None or spec is None:
        return None
    made = _manifest(metadata, spec)
    return None if top.failed or metadata.failed or spec.failed else made


def _no_manifest(root: Mapping, top: Item) -> None:
    rules = any(root.get(key) is not None for key in rules_file.KINDS)
    if rules:
        top.error("a rules file must be a sequence of mappings", top.span, "put a dash in front: - rule: ...")
    else:
        top.error(
            "neither a rules file nor a manifest",
            top.span,
            f"a manifest begins with apiVersion: {API_VERSION}",
        )


def _part(top: Item, key: str, name_key: str) -> Item | None:
    node = top.mapping.get(key)
    if isinstance(node, Mapping):
        return Item(node, key, name_key, top.problems)
    what = "nothing" if node is None else nodes.kind(node)
    top.error(f"{key} must be a mapping, not {what}", top.span_of(key))
    return None


def _manifest(metadata: Item, spec: Item) -> Manifest:
    spec.check_keys(_SPEC)
    name, namespace = metadata.name(), metadata.optional("namespace")
    mode = spec.optional("mode")
    if mode is not None and mode.value not in ("Active", "Disabled"):
        hint = "DryRun is not supported by this version" if mode.value == "DryRun" else ""
        spec.error(f"mode must be Active or Disabled, not {mode.value}", mode.whole, hint)
    order = spec.unsigned("loadOrder", LOAD_ORDER, MAX_LOAD_ORDER)
    _warn_not_enforced(spec)
    _check_form(spec)
    active = mode is None or mode.value == "Active"
    return Manifest((order, namespace.value if namespace else "", name), active, spec)


def _warn_not_enforced(spec: Item) -> None:
    for key in _NOT_ENFORCED:
        if spec.filled(key) is not None:
            message = f"{key} is not enforced by this version: the rules hold everywhere"
            spec.problems.warning(NOT_ENFORCED, message, spec.span_of(key))
    scope = spec.optional("hostScope")
    if scope is None or scope.value == "Include":
        return
    if scope.value in ("Exclude", "Only"):
        message = f"hostScope {scope.value} is not enforced by this version: the rules hold everywhere"
        spec.problems.warning(NOT_ENFORCED, message, scope.whole)
    else:
        spec.error("hostScope must be Exclude, Include or Only", scope.whole)


def _check_form(spec: Item) -> None:
    """Either lists, macros and rules, or content."""
    defining = [key for key in _DEFINING if spec.filled(key) is not None]
    content = spec.filled("content")
    if content is not None and defining:
        spec.error(f"content and {defining[0]} cannot stand together", spec.span_of("content"))
    elif content is None and not defining:
        spec.error("the spec defines nothing", spec.span, "add rules, macros, lists or content")


def apply(manifest: Manifest, into: DefinitionsBuilder) -> None:
    """What the spec defines, in the order lists, macros, rules."""
    spec = manifest.spec
    content = spec.filled("content")
    if content is not None:
        _content(spec, content, into)
        return
    readers: tuple[tuple[str, Callable[[Mapping, str, DefinitionsBuilder], None]], ...] = (
        ("lists", named_items.read_list),
        ("macros", named_items.read_macro),
        ("rules", rule_item.read_rule),
    )
    for key, read in readers:
        for mapping in spec.mappings(key):
            read(mapping, "name", into)


def _content(spec: Item, content: Node, into: DefinitionsBuilder) -> None:
    """A rules file as it is, inside a scalar: places are those in the manifest's file."""
    if not isinstance(content, Scalar):
        spec.error("content must be text: a rules file in a block behind |", spec.span_of("content"))
        return
    try:
        roots = yaml_reader.read(content.text(), into.problems)
    except RuleError as error:
        for diagnostic in error.diagnostics:
            into.problems.add(diagnostic)
        return
    for root in roots:
        rules_file.apply(root, into)
