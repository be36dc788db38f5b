# SPDX-License-Identifier: Apache-2.0
"""A container -> what its Event is about, and in which namespace that Event lives.

`kubectl describe` finds an Event by the uid in its reference. For a pod it is the uid the container runtime
knows: for a static pod that is not the uid of the mirror object in the API but the one in its annotation
kubernetes.io/config.mirror, which is also what kubectl looks for and what the kubelet writes in its own
Events (kubectl/pkg/describe/describe.go).
"""

from __future__ import annotations

from dataclasses import dataclass

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.publish import escape
from lanner_agent.publish.events import names
from lanner_engine.fields.model import Container
from lanner_engine.resources.rule_object import API_VERSION, RuleObject

NODE_NAMESPACE = "default"  # where an Event about something without a namespace must live
_MAX_UID = 64


@dataclass(frozen=True, slots=True)
class Regarding:
    """`namespace` is the Event's own; `reference` an ObjectReference as the API has it."""

    namespace: str
    reference: dict[str, str]

    @property
    def name(self) -> str:
        return self.reference["name"]


def regarding(container: Container, node: NodeIdentity) -> Regarding:
    """The pod where there is one whose names the API would take; the node for all else."""
    name, namespace = _text(container.pod_name), _text(container.pod_namespace)
    if not names.is_subdomain(name) or not names.is_label(namespace):
        return of_node(node)
    reference = {"apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": name}
    uid = _text(container.pod_uid)
    if uid.isascii() and uid.isprintable() and 0 < len(uid) <= _MAX_UID:
        reference["uid"] = uid
    inside = _text(container.name)
    if container.full_id != container.pod_sandbox_id and names.is_label(inside):
        reference["fieldPath"] = f"spec.containers{{{inside}}}"
    return Regarding(namespace, reference)


def of_node(node: NodeIdentity) -> Regarding:
    """The kubelet writes a node's name where its uid is not known, and kubectl looks for both."""
    reference = {"apiVersion": "v1", "kind": "Node", "name": node.name, "uid": node.uid or node.name}
    return Regarding(NODE_NAMESPACE, reference)


def related(owner: RuleObject | None) -> dict[str, str] | None:
    """The object a rule stands in; None for rules from files."""
    if owner is None:
        return None
    reference = {"apiVersion": API_VERSION, "kind": owner.kind, "name": owner.name, "uid": owner.uid}
    return reference | ({"namespace": owner.namespace} if owner.namespace else {})


def _text(value: bytes | None) -> str:
    return escape.decode(value or b"")
