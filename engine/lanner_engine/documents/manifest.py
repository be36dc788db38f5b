# SPDX-License-Identifier: Apache-2.0
"""FalcoRule and ClusterFalcoRule manifests: shape of the resource, and what its spec defines.

`describe` reads what decides the order and where the rules hold, `apply` fills the tables.
"""

from __future__ import annotations

from dataclasses import dataclass

from lanner_engine.documents import nodes, object_spec, rules_file, scope_keys, tenant_lists
from lanner_engine.documents.builder import DefinitionsBuilder
from lanner_engine.documents.item import Item
from lanner_engine.documents.nodes import Mapping
from lanner_engine.documents.problems import Problems
from lanner_engine.resources.rule_object import (
    API_VERSION,
    CLUSTER_RULE,
    LOAD_ORDER,
    MAX_LOAD_ORDER,
    MODES,
    NAMESPACED_RULE,
    SOURCE,
    RuleObject,
)

KINDS = (NAMESPACED_RULE, CLUSTER_RULE)

_TOP = ("apiVersion", "kind", "metadata", "spec", "status")
# What the resource has, or will have, that has no effect yet.
_SCOPE = ("hostScope", "podSelector", "namespaceSelector", "nodeSelector", "containers")
_PUBLISHED = ("publish", "throttle")
_TENANTS = (tenant_lists.LISTS, tenant_lists.VALUES)
_OWN = ("mode", "loadOrder", "content", SOURCE, "requiredEngine")
_SPEC = (*_OWN, *object_spec.DEFINING, *_SCOPE, *_PUBLISHED, *_TENANTS)


@dataclass(frozen=True, slots=True)
class Manifest:
    """A well-shaped manifest. `owner` is the object as it would be in a cluster, without its definitions."""

    owner: RuleObject
    active: bool
    spec: Mapping


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
    made = _manifest(metadata, spec, kind.value if kind else "")
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


def _manifest(metadata: Item, spec: Item, kind: str) -> Manifest:
    spec.check_keys(_SPEC)
    name, namespace = metadata.name(), metadata.optional("namespace")
    mode = spec.optional("mode")
    if mode is not None and mode.value not in MODES:
        spec.error(f"mode must be Active, DryRun or Disabled, not {mode.value}", mode.whole)
    order = spec.unsigned("loadOrder", LOAD_ORDER, MAX_LOAD_ORDER)
    object_spec.check_form(spec)
    scope = scope_keys.read(spec, kind)
    # Without a namespace kubectl creates the object in this one.
    home = (namespace.value if namespace else "default") if kind == NAMESPACED_RULE else ""
    said = {"mode": mode.value} if mode else {}
    owner = RuleObject(kind, home, name, "", 0, {"loadOrder": order, **said, **scope})
    return Manifest(owner, owner.active, spec.mapping)


def apply(manifest: Manifest, into: DefinitionsBuilder) -> None:
    """What the spec defines; problems are noted in `into`."""
    object_spec.apply(object_spec.from_node(manifest.owner, manifest.spec), into)
