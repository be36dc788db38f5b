# SPDX-License-Identifier: Apache-2.0
"""What this installation's objects are called: one namespace and one name, the chart's fullname, make them
all.
"""

from __future__ import annotations

from dataclasses import dataclass

from lanner_engine.resources import page_contact
from lanner_engine.resources.rule_object import API_VERSION

BUNDLE_LABEL = "lanner.dev/bundle"
COMPONENT_LABEL = "app.kubernetes.io/component"
INSTANCE_LABEL = "app.kubernetes.io/instance"
BUNDLE_COMPONENT = "bundle"

RULES = f"/apis/{API_VERSION}/falcorules"
CLUSTER_RULES = f"/apis/{API_VERSION}/clusterfalcorules"
NODES = f"/apis/{API_VERSION}/falconodes"


@dataclass(frozen=True, slots=True)
class Installation:
    """`namespace` is the one Lanner is installed in, `name` the prefix of all its objects."""

    namespace: str
    name: str

    @property
    def index(self) -> str:
        """The ConfigMap that says which bundle is in force."""
        return f"{self.name}-rules"

    @property
    def lease_prefix(self) -> str:
        """What stands before the node's name in the name of its agent's Lease."""
        return f"{self.name}-agent-"

    @property
    def config_maps(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/configmaps"

    @property
    def bundle_selector(self) -> str:
        """Selects index and shards, and no other ConfigMaps."""
        return f"{COMPONENT_LABEL}={BUNDLE_COMPONENT},{INSTANCE_LABEL}={self.name}"

    @property
    def admission(self) -> str:
        """The Service of the webhook, its Secret, and their ValidatingWebhookConfiguration."""
        return f"{self.name}-admission"

    @property
    def admission_secret(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/secrets/{self.admission}"

    @property
    def admission_webhook(self) -> str:
        group = "/apis/admissionregistration.k8s.io/v1"
        return f"{group}/validatingwebhookconfigurations/{self.admission}"

    @property
    def page_config_map(self) -> str:
        """What agents know the operator by, when it asks them for alerts."""
        return f"{self.config_maps}/{page_contact.object_name(self.name)}"

    @property
    def page_account(self) -> str:
        """The user whose tokens open the page; it may do nothing else."""
        return f"system:serviceaccount:{self.namespace}:{self.name}-page"

    @property
    def reports_role(self) -> str:
        """The ClusterRole that allows the operator to write Reports, and is there where it should."""
        return f"{self.name}-reports"

    @property
    def operator_lease(self) -> str:
        """What one operator of several holds while it writes."""
        return f"{self.name}-operator"

    @property
    def leases(self) -> str:
        return f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases"

    @property
    def daemon_sets(self) -> str:
        return f"/apis/apps/v1/namespaces/{self.namespace}/daemonsets"

    @property
    def daemon_set(self) -> str:
        """The agents'."""
        return f"{self.name}-agent"

    @property
    def deployment(self) -> str:
        """The operator's own, by its path."""
        return f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{self.name}-operator"
