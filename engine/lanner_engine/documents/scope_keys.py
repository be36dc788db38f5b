# SPDX-License-Identifier: Apache-2.0
"""The keys of a manifest's spec that say where its rules hold: hostScope, podSelector, namespaceSelector,
nodeSelector, containers; and what becomes of their alerts: publish, throttle.

The shapes are those of resources/, what is wrong is marked in the manifest's file.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from lanner_engine.documents import nodes
from lanner_engine.documents.item import Item
from lanner_engine.documents.nodes import Mapping, Node, Scalar, Sequence
from lanner_engine.resources.falco_rule import Publish, Throttle
from lanner_engine.resources.faults import faults, place
from lanner_engine.resources.rule_object import NAMESPACED_RULE
from lanner_engine.resources.selector import ContainerSelector, LabelSelector
from lanner_engine.source import Span

HOST_SCOPES = ("Exclude", "Include", "Only")
_MODELS: dict[str, type[BaseModel]] = {
    **dict.fromkeys(("podSelector", "namespaceSelector", "nodeSelector"), LabelSelector),
    "containers": ContainerSelector,
    "publish": Publish,
    "throttle": Throttle,
}
_OF_PODS = ("podSelector", "namespaceSelector", "containers")
_CLUSTER_ONLY = ("hostScope", "namespaceSelector", "nodeSelector")


def read(spec: Item, kind: str) -> dict[str, Any]:
    """The keys that are there, as JSON has them; what is wrong with them is noted in `spec`."""
    found: dict[str, Any] = {}
    for key in ("hostScope", *_MODELS):
        node = spec.filled(key)
        if node is None:
            continue
        if kind == NAMESPACED_RULE and key in _CLUSTER_ONLY:
            message = f"a {NAMESPACED_RULE} has no {key}: its rules hold for the pods of its namespace"
            spec.error(message, spec.span_of(key), "a ClusterFalcoRule can have it")
        elif key == "hostScope":
            found[key] = _host_scope(spec, node)
        else:
            found[key] = _shaped(spec, key, node)
    if found.get("hostScope") == "Only" and not found.keys().isdisjoint(_OF_PODS):
        message = "with hostScope Only the rules see no containers, so there is nothing to select"
        spec.error(message, spec.span_of("hostScope"))
    return found


def _host_scope(spec: Item, node: Node) -> str:
    if isinstance(node, Scalar) and node.value in HOST_SCOPES:
        return node.value
    spec.error("hostScope must be Exclude, Include or Only", _span(node))
    return "Exclude"


def _shaped(spec: Item, key: str, node: Node) -> Any:
    written = _plain(node)
    for fault in faults(_MODELS[key], written):
        spec.error(f"{place((key, *fault.path))}: {fault.message}", _span(_at(node, fault.path)))
    return written


def _plain(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {key.value: _plain(value) for key, value in node.pairs}
    if isinstance(node, Sequence):
        return [_plain(one) for one in node.items]
    return None if node.is_null else node.value


def _at(node: Node, path: tuple[int | str, ...]) -> Node:
    """The node a path leads to, or the last one on the way."""
    for step in path:
        below: Node | None = None
        if isinstance(node, Mapping) and isinstance(step, str):
            below = node.get(step)
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            below = node.items[step]
        if below is None:
            break
        node = below
    return node


def _span(node: nodes.Node) -> Span:
    return node.span if isinstance(node, Scalar) else node.origin.span(node.start, node.start + 1)
