# SPDX-License-Identifier: Apache-2.0
"""The resources that are read here: their paths and what they are called in a role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from lanner_engine.resources.rule_object import CLUSTER_RULE, GROUP, NAMESPACED_RULE, VERSION


@dataclass(frozen=True, slots=True)
class Resource:
    """`group` is empty for the core's."""

    group: str
    version: str
    plural: str

    @property
    def qualified(self) -> str:
        """As RBAC, and `kubectl get`, have it: events, falconodes.lanner.dev."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        """Of all objects, those of a namespace, or one."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        within = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
        return f"{root}{within}/{self.plural}" + (f"/{quote(name, safe='')}" if name else "")


NODES: Final = Resource(GROUP, VERSION, "falconodes")
CLUSTER_RULES: Final = Resource(GROUP, VERSION, "clusterfalcorules")
RULES: Final = Resource(GROUP, VERSION, "falcorules")
# Of the core, which the role `view` may read in every version; events.k8s.io has the same objects.
EVENTS: Final = Resource("", "v1", "events")
DAEMONSETS: Final = Resource("apps", "v1", "daemonsets")
DEPLOYMENTS: Final = Resource("apps", "v1", "deployments")
PODS: Final = Resource("", "v1", "pods")
SERVICE_ACCOUNTS: Final = Resource("", "v1", "serviceaccounts")
SERVICE_ACCOUNT_TOKENS: Final = Resource("", "v1", "serviceaccounts/token")
LEASES: Final = Resource("coordination.k8s.io", "v1", "leases")
OF_KIND: Final = {CLUSTER_RULE: CLUSTER_RULES, NAMESPACED_RULE: RULES}
