# SPDX-License-Identifier: Apache-2.0
"""Lanner's agent installed by hand in a real control plane: the chart's own rights, a node and a pod that
nobody runs, and the token that such a pod would have. The agent itself is started on this machine.

What the operator does, `publish` does here: shards, then the index.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import pathlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from lanner_engine.bundle.index import INDEX_KEY, Index
from lanner_engine.bundle.shards import PACKED_KEY, PLAIN_KEY, Cut, Shard, cut
from lanner_engine.resources.rule_object import RuleObject
from tests.cluster import kubeconfig
from tests.cluster.access import Access, CommandError
from tests.cluster.control_plane import ControlPlane
from tests.story.agent import LANNER, Agent

ROOT = pathlib.Path(__file__).parents[3]
CHART = ROOT / "charts" / "lanner"
RIGHTS = ("service-accounts", "agent-rbac", "agent-admission")
HEALTH_PORT = 18_080
_numbers = itertools.count(1)


def rule(
    name: str, condition: str = "evt.type = execve and proc.name = true", output: str = "seen %proc.exepath"
) -> dict[str, Any]:
    """One rule of a spec."""
    return {
        "name": name,
        "desc": "made for a test",
        "condition": condition,
        "output": output,
        "priority": "NOTICE",
    }


def cluster_rule(name: str, *rules: Mapping[str, Any], **spec: Any) -> RuleObject:
    """A ClusterFalcoRule as the operator puts it into a bundle; for the host too."""
    written = {"hostScope": "Include", "rules": list(rules), **spec}
    return RuleObject("ClusterFalcoRule", "", name, f"uid-{name}", 1, written)


class Installation:
    """One release in a namespace of its own."""

    def __init__(self, plane: ControlPlane, folder: pathlib.Path) -> None:
        self.plane = plane
        self.admin: Access = plane.access
        self.number = next(_numbers)
        self.name = f"lanner{os.getpid()}-{self.number}"
        self.node = f"node-{self.name}"
        self.folder = folder
        self.state = folder / "state"
        self.kubeconfig = folder / "agent.conf"
        self.health_port = HEALTH_PORT + self.number
        self.revision = 0
        self.variables: dict[str, str] = {}  # more of the agent's environment

    @property
    def user(self) -> str:
        """Of the agent, as the audit log names it."""
        return f"system:serviceaccount:{self.name}:{self.name}-agent"

    def install(self, *, crds: bool = True) -> None:
        """Rights from the chart; the pod and its token."""
        self.admin.kubectl("create", "namespace", self.name)
        if crds:
            self.admin.kubectl("apply", "--server-side", "-f", str(ROOT / "crds"))
            self.admin.kubectl("wait", "--for=condition=Established", "crd/falconodes.lanner.dev")
        show = [word for name in RIGHTS for word in ("--show-only", f"templates/{name}.yaml")]
        manifests = self.admin.helm("template", self.name, str(CHART), "--namespace", self.name, *show)
        self.admin.apply(manifests)
        self.make_node()
        self.admin.apply(self.pod())
        self.pod_uid = str(self.admin.get("pod", "agent", "-n", self.name)["metadata"]["uid"])
        self.write_token()

    def make_node(self) -> None:
        """One that nobody runs."""
        self.admin.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": self.node}})

    def remove_node(self) -> None:
        self.delete("node", self.node)

    def write_token(self) -> None:
        """A token of the agent's pod, as the kubelet would project it."""
        token = self.admin.kubectl(
            "create", "token", f"{self.name}-agent", "-n", self.name,
            "--bound-object-kind", "Pod", "--bound-object-name", "agent", "--bound-object-uid", self.pod_uid,
        )  # fmt: skip
        kubeconfig.by_token(self.kubeconfig, self.plane.url, self.plane.folder / "pki", token.strip())

    def remove(self) -> None:
        """Everything but the namespace's last remains, which the controllers see to."""
        self.delete("falconode", self.node)
        for kind in ("clusterrole", "clusterrolebinding"):
            self.delete(kind, f"{self.name}-agent")
        for kind in ("validatingadmissionpolicy", "validatingadmissionpolicybinding"):
            for what in ("own-events", "own-node"):
                self.delete(kind, f"{self.name}-agent-{what}")
        self.remove_node()
        self.admin.kubectl(
            "delete", "pod", "--all", "-n", self.name, "--grace-period=0", "--force", "--wait=false"
        )
        self.admin.kubectl("delete", "namespace", self.name, "--wait=false")

    def delete(self, kind: str, name: str) -> None:
        """Whether it is there or not, in the installation's namespace or in none."""
        try:
            self.admin.kubectl("delete", kind, name, "-n", self.name, "--ignore-not-found", "--wait=false")
        except CommandError as error:
            if "doesn't have a resource type" not in error.words:
                raise

    def publish(self, *objects: RuleObject) -> Index:
        """A bundle of these objects becomes the one in force."""
        made = cut(objects, f"{self.name}-rules")
        for shard in made.shards:
            self.write_shard(shard)
        return self.write_index(made)

    def write_shard(self, shard: Shard, content: bytes | None = None) -> None:
        """Its ConfigMap, with other content where given."""
        stored = shard.content if content is None else content
        if shard.gz:
            data = {"binaryData": {PACKED_KEY: base64.b64encode(stored).decode()}}
        else:
            data = {"data": {PLAIN_KEY: stored.decode()}}
        self._config_map(shard.name, data)

    def write_index(self, made: Cut) -> Index:
        self.revision += 1
        index = Index(
            revision=self.revision,
            engine="0.1.0",
            created="2026-01-01T00:00:00Z",
            bundleSha256=made.sha256,
            shards=tuple(shard.entry for shard in made.shards),
        )
        self.write_index_text(index.text())
        return index

    def write_index_text(self, text: str) -> None:
        self._config_map(f"{self.name}-rules", {"data": {INDEX_KEY: text}})

    def falco_node(self) -> dict[str, Any]:
        found: dict[str, Any] = self.admin.get("falconode", self.node)
        return found

    def patch_status(self, changed: Mapping[str, Any]) -> None:
        """Somebody else writes into the FalcoNode."""
        what = ("falconode", self.node, "--subresource=status", "--type=merge")
        self.admin.kubectl("patch", *what, "-p", json.dumps({"status": changed}))

    def events(self, reason: str) -> list[dict[str, Any]]:
        """About the node, of this installation's agent."""
        chosen = f"reportingController=lanner.dev/agent,regarding.name={self.node},reason={reason}"
        path = "events.events.k8s.io"
        found = self.admin.get(path, "-n", "default", "--field-selector", chosen)["items"]
        return [dict(one) for one in found]

    def condition(self, name: str) -> dict[str, Any]:
        """{} until there is one."""
        found = self.admin.kubectl("get", "falconode", self.node, "--ignore-not-found", "-o", "json")
        conditions = (json.loads(found or "{}").get("status") or {}).get("conditions", [])
        return next((one for one in conditions if one["type"] == name), {})

    def wait_for_bundle(self, index: Index, patience_s: float = 60.0) -> None:
        """Until the agent says that it is in force."""
        until(lambda: self._acknowledged() == index.name, patience_s)

    def _acknowledged(self) -> str:
        path = "jsonpath={.status.bundle.name}"
        return self.admin.kubectl("get", "falconode", self.node, "--ignore-not-found", "-o", path)

    @contextmanager
    def agent(self, *words: str, prefix: Sequence[str] = ()) -> Iterator[Agent]:
        """A real agent as that pod's; it must end well. `prefix` stands before the command."""
        running = self.start(*words, prefix=prefix)
        try:
            yield running
        finally:
            code = running.stop()
        assert code == 0, running.notes.text()
        said = running.notes.text()
        assert "Traceback" not in said, said
        assert "please report this" not in said, said

    def start(
        self, *words: str, prefix: Sequence[str] = (), command: Sequence[str | os.PathLike[str]] = ()
    ) -> Agent:
        """`command`: in place of `lanner agent`."""
        variables = {
            "KUBECONFIG": str(self.kubeconfig),
            "LANNER_NAME": self.name,
            "LANNER_NAMESPACE": self.name,
            "LANNER_NODE_NAME": self.node,
            "LANNER_POD_NAME": "agent",
            "LANNER_POD_UID": self.pod_uid,
            "LANNER_STATE_DIR": str(self.state),
            "LANNER_HEALTH_PORT": str(self.health_port),
            **self.variables,
        }
        return Agent(words, command=command or (*prefix, LANNER, "agent"), environment=variables)

    def _config_map(self, name: str, data: Mapping[str, Any]) -> None:
        meta = {"name": name, "namespace": self.name}
        text = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, **data})
        self.admin.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)

    def pod(self) -> dict[str, Any]:
        """The agent's."""
        spec = {
            "nodeName": self.node,
            "serviceAccountName": f"{self.name}-agent",
            "automountServiceAccountToken": False,
            "containers": [{"name": "agent", "image": "lanner-agent"}],
            "tolerations": [{"operator": "Exists"}],
        }
        meta = {"name": "agent", "namespace": self.name}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


@contextmanager
def installed(plane: ControlPlane, folder: pathlib.Path, *, crds: bool = True) -> Iterator[Installation]:
    """Gone afterwards."""
    made = Installation(plane, folder)
    try:
        made.install(crds=crds)
        yield made
    finally:
        made.remove()


def until(done: Callable[[], object], patience_s: float = 20.0) -> None:
    """Fails when it does not become true in time."""
    deadline = time.monotonic() + patience_s
    while not done():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.05)


def names(lines: Sequence[str]) -> list[str]:
    """Rules of JSON lines."""
    return [json.loads(line)["rule"] for line in lines]
