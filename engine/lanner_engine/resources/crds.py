# SPDX-License-Identifier: Apache-2.0
"""The resource definitions of lanner.dev/v1alpha1, made of the models.

`make crds` writes them to crds/ and into the chart; a test says when they differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from lanner_engine.resources.falco_node import FalcoNodeSpec, FalcoNodeStatus
from lanner_engine.resources.falco_rule import ClusterFalcoRuleSpec, FalcoRuleSpec, FalcoRuleStatus
from lanner_engine.resources.rule_object import CLUSTER_RULE, GROUP, NAMESPACED_RULE, VERSION
from lanner_engine.resources.structural import Schema, structural

CATEGORY = "runtimesecurity"
NODE = "FalcoNode"

_WIDE = 1  # columns of this priority are shown by `kubectl get -o wide`


@dataclass(frozen=True, slots=True)
class Column:
    """One column of `kubectl get`."""

    name: str
    path: str
    type: str = "string"
    priority: int = 0

    def written(self) -> Schema:
        made: Schema = {"name": self.name, "type": self.type, "jsonPath": self.path}
        return made | ({"priority": self.priority} if self.priority else {})


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind. `checks` are CEL rules over the whole object, which sees its own name."""

    kind: str
    short: str
    scope: str
    description: str
    spec: type[BaseModel]
    status: type[BaseModel]
    columns: tuple[Column, ...]
    checks: tuple[tuple[str, str], ...] = ()
    selectable: tuple[str, ...] = field(default=())

    @property
    def plural(self) -> str:
        return f"{self.kind.lower()}s"

    @property
    def name(self) -> str:
        """The definition's own name, and that of its file."""
        return f"{self.plural}.{GROUP}"


def _condition(kind: str, part: str = "status") -> str:
    return f'.status.conditions[?(@.type=="{kind}")].{part}'


_RULE_COLUMNS = (
    Column("Mode", ".spec.mode"),
    Column("Accepted", _condition("Accepted")),
    Column("Programmed", _condition("Programmed")),
    Column("Nodes", ".status.summary"),
    Column("Order", ".spec.loadOrder", "integer", _WIDE),
    Column("Reason", _condition("Accepted", "reason"), priority=_WIDE),
    Column("Age", ".metadata.creationTimestamp", "date"),
)
_NODE_COLUMNS = (
    Column("Ready", _condition("Ready")),
    Column("Bundle", ".status.bundle.name"),
    Column("Rules", _condition("RulesLoaded")),
    Column("Probes", _condition("ProbesLoaded"), priority=_WIDE),
    Column("Metadata", _condition("MetadataHealthy"), priority=_WIDE),
    Column("Events", _condition("EventsPublished"), priority=_WIDE),
    Column("Version", ".status.agent.version", priority=_WIDE),
    Column("Kernel", ".status.agent.kernel", priority=_WIDE),
    Column("Age", ".metadata.creationTimestamp", "date"),
)

RESOURCES = (
    Resource(
        kind=CLUSTER_RULE,
        short="cfr",
        scope="Cluster",
        description="Rules for the whole cluster: what is looked for in containers and on nodes, in Falco's "
        "language. An event that a rule matches becomes a Kubernetes Event of the pod or node.",
        spec=ClusterFalcoRuleSpec,
        status=FalcoRuleStatus,
        columns=_RULE_COLUMNS,
        selectable=(".spec.mode",),
    ),
    Resource(
        kind=NAMESPACED_RULE,
        short="fr",
        scope="Namespaced",
        description="Rules for the pods of one namespace, in Falco's language. An event that a rule matches "
        "becomes a Kubernetes Event of the pod.",
        spec=FalcoRuleSpec,
        status=FalcoRuleStatus,
        columns=_RULE_COLUMNS,
        selectable=(".spec.mode",),
    ),
    Resource(
        kind=NODE,
        short="fnode",
        scope="Cluster",
        description="The state of one node's agent: which rules are in force there, and what does not work. "
        "Written by that agent; there is nothing to set.",
        spec=FalcoNodeSpec,
        status=FalcoNodeStatus,
        columns=_NODE_COLUMNS,
        checks=(("self.metadata.name == self.spec.nodeName", "the object is called like its node"),),
    ),
)


def definition(resource: Resource) -> Schema:
    """The CustomResourceDefinition of one kind."""
    names = {
        "kind": resource.kind,
        "listKind": f"{resource.kind}List",
        "plural": resource.plural,
        "singular": resource.kind.lower(),
        "shortNames": [resource.short],
        "categories": [CATEGORY],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": resource.name},
        "spec": {"group": GROUP, "scope": resource.scope, "names": names, "versions": [_version(resource)]},
    }


def _version(resource: Resource) -> Schema:
    made: Schema = {"name": VERSION, "served": True, "storage": True, "subresources": {"status": {}}}
    if resource.selectable:
        made["selectableFields"] = [{"jsonPath": path} for path in resource.selectable]
    made["additionalPrinterColumns"] = [column.written() for column in resource.columns]
    made["schema"] = {"openAPIV3Schema": _whole(resource)}
    return made


def _whole(resource: Resource) -> Schema:
    whole: Schema = {
        "description": resource.description,
        "type": "object",
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": structural(resource.spec),
            "status": structural(resource.status),
        },
    }
    checks: list[Any] = [{"rule": rule, "message": message} for rule, message in resource.checks]
    return whole | ({"x-kubernetes-validations": checks} if checks else {})
