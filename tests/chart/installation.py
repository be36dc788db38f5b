# SPDX-License-Identifier: Apache-2.0
"""The chart in a real API server, and its service accounts as they ask it: by tokens of their pods."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from tests.chart.rendering import CHART, Object
from tests.cluster import kubeconfig
from tests.cluster.access import Access, CommandError
from tests.cluster.control_plane import ControlPlane

NAMESPACE = "lanner"
PATIENCE_S = 30.0
MADE = "made-for-a-test"  # label of nodes and pods


@dataclass(frozen=True, slots=True)
class Installation:
    """Release `lanner` in namespace `lanner` of one control plane."""

    plane: ControlPlane

    @property
    def admin(self) -> Access:
        return self.plane.access

    def may(self, component: str, verb: str, resource: str, *where: str) -> bool:
        """`kubectl auth can-i` for one of the service accounts; `where`: -n NAMESPACE, --subresource=NAME."""
        account = f"--as=system:serviceaccount:{NAMESPACE}:lanner-{component}"
        try:
            return self.admin.kubectl("auth", "can-i", verb, resource, account, *where).strip() == "yes"
        except CommandError as refused:
            if refused.words.split()[-1] == "no":
                return False
            raise

    def agent_of(self, node: str) -> Access:
        """Who holds the token of the agent's pod on this node; node and pod are made for it."""
        pod = f"lanner-agent-{node}"
        made = {"name": node, "labels": {MADE: "yes"}}
        self.admin.apply({"apiVersion": "v1", "kind": "Node", "metadata": made})
        self.admin.apply(_pod(pod, node))
        bound = ("--bound-object-kind=Pod", f"--bound-object-name={pod}")
        return self._by_token(node, *bound)

    def agent_without_pod(self) -> Access:
        """Who holds a token of the agent's service account that belongs to no pod."""
        return self._by_token("nobody")

    def upgrade(self, *values: str) -> None:
        """The release with these values."""
        where = ("--no-hooks", "--namespace", NAMESPACE)  # no node runs a pod here
        self.admin.helm("upgrade", "lanner", str(CHART), *where, *values)

    def remove(self) -> None:
        """The release, what it leaves, and the nodes and pods that were made for agents."""
        self.admin.kubectl("delete", "nodes", "-l", f"{MADE}=yes")
        here = ("-n", NAMESPACE)
        self.admin.kubectl("delete", "pods", "-l", f"{MADE}=yes", *here, "--grace-period=0", "--force")
        self.admin.helm("uninstall", "lanner", "--no-hooks", *here)  # no node runs a pod here
        self.admin.kubectl("delete", "-f", str(CHART / "crds"))
        self.admin.kubectl("delete", "namespace", NAMESPACE, "--timeout=60s")

    def until_enforced(self) -> None:
        """The API server learns of a new policy like everybody else: a moment after it is there."""
        agent, deadline = self.agent_without_pod(), time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                agent.kubectl("create", "--dry-run=server", "-f", "-", stdin=falco_node("nobody"))
            except CommandError as refused:
                if "names no node" in refused.words:
                    return
            time.sleep(0.2)
        raise AssertionError("the admission policy is not in force")

    def _by_token(self, name: str, *bound: str) -> Access:
        token = self.admin.kubectl("create", "token", "lanner-agent", "-n", NAMESPACE, *bound).strip()
        return self.by_token(f"agent-{name}", token)

    def by_token(self, name: str, token: str) -> Access:
        """Who holds this token."""
        file = self.plane.folder / f"{name}.conf"
        kubeconfig.by_token(file, self.plane.url, self.plane.folder / "pki", token)
        return Access(file, self.plane.binaries)


def _pod(name: str, node: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {MADE: "yes"}},
        "spec": {
            "nodeName": node,
            "serviceAccountName": "lanner-agent",
            "containers": [{"name": "agent", "image": "registry.local/none"}],
        },
    }


def falco_node(name: str, **metadata: object) -> str:
    """A FalcoNode as JSON."""
    found = {
        "apiVersion": "lanner.dev/v1alpha1",
        "kind": "FalcoNode",
        "metadata": {"name": name, **metadata},
        "spec": {"nodeName": name},
    }
    return json.dumps(found)


def event(name: str, **changed: object) -> str:
    """An alert of node n1 as JSON, with some fields of another value."""
    found = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": "default"},
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "type": "Warning",
        "reason": "LogCleared",
        "action": "Detected",
        "reportingController": "lanner.dev/agent",
        "reportingInstance": "n1",
        "regarding": {"apiVersion": "v1", "kind": "Node", "name": "n1"},
        "note": "A log file was emptied",
    }
    return json.dumps({**found, **changed})


def lease(name: str) -> str:
    """A Lease of the release's namespace as JSON."""
    metadata = {"name": name, "namespace": NAMESPACE}
    return json.dumps({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata})
