# SPDX-License-Identifier: Apache-2.0
"""What is in a cluster after a release: the definitions and the rules stay, all else goes."""

from __future__ import annotations

import time

import pytest

from tests.chart.installation import NAMESPACE, Installation, falco_node
from tests.chart.rendering import CHART
from tests.cluster.access import Access

PATIENCE_S = 60.0
KINDS = (
    *("clusterfalcorules", "falconodes", "customresourcedefinitions"),
    *("clusterroles", "clusterrolebindings", "validatingadmissionpolicies", "flowschemas"),
    *("validatingadmissionpolicybindings", "roles", "rolebindings", "serviceaccounts", "configmaps"),
    *("secrets", "leases", "daemonsets", "deployments", "services", "validatingwebhookconfigurations"),
    *("networkpolicies", "jobs"),
)


def of_lanner(cluster: Access) -> set[str]:
    """Everything that bears the project's name, as kind/name."""
    listed = cluster.kubectl("get", ",".join(KINDS), "-A", "-o", "name", "--ignore-not-found")
    return {name for name in listed.split() if "lanner" in name or name.startswith("falconode.")}


def until(cluster: Access, expected: set[str]) -> set[str]:
    """What there is once it is what is expected, or in the end."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := of_lanner(cluster)) != expected and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


@pytest.mark.timeout(180)
def test_and_a_new_install_finds_them(installed: Installation) -> None:
    admin = installed.admin
    rules = {name for name in of_lanner(admin) if name.startswith("clusterfalcorule.")}
    definitions = {name for name in of_lanner(admin) if name.endswith(".lanner.dev")}
    assert len(rules) == len(list((CHART / "rules").glob("*.yaml")))
    assert len(definitions) == len(list((CHART / "crds").glob("*.yaml")))

    owner = admin.get("clusterrole", "lanner-agent")["metadata"]["uid"]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "name": "lanner-agent"}
    node = falco_node("n9", ownerReferences=[{**role, "uid": owner}])
    installed.agent_of("n9").kubectl("create", "-f", "-", stdin=node)
    admin.kubectl("annotate", "clusterfalcorule", "lanner-terminal-shell", "example.com/mine=yes")

    admin.helm("uninstall", "lanner", "--no-hooks", "--namespace", NAMESPACE)  # no node runs a pod here
    assert until(admin, rules | definitions) == rules | definitions

    admin.helm("install", "lanner", str(CHART), "--namespace", NAMESPACE)
    kept = admin.get("clusterfalcorule", "lanner-terminal-shell")["metadata"]
    assert kept["annotations"]["example.com/mine"] == "yes"
