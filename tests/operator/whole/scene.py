# SPDX-License-Identifier: Apache-2.0
"""A cluster with the chart's rights and resource definitions; rules that people write, agents that answer.

The agents are not real: what they write is, FalcoNodes and Leases as the contract has them.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import gzip
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from tests.chart.rendering import CHART, Helm
from tests.cluster import kubeconfig
from tests.cluster.control_plane import ControlPlane
from tests.operator.whole.process import PATIENCE_S, OperatorProcess
from tests.operator.whole.server import RefusedError, Server

ROOT = CHART.parents[1]
GROUP = "/apis/lanner.dev/v1alpha1"
CLUSTER_RULES = f"{GROUP}/clusterfalcorules"
NODES = f"{GROUP}/falconodes"
MAPS = "/api/v1/namespaces/lanner/configmaps"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/lanner/leases"
DAEMON_SETS = "/apis/apps/v1/namespaces/lanner/daemonsets"
INDEX = f"{MAPS}/lanner-rules"
USER = "system:serviceaccount:lanner:lanner-operator"
T = TypeVar("T")


def eventually(found: Callable[[], T], patience_s: float = PATIENCE_S) -> T:
    """What `found` returns as soon as that is something; AssertionError with the last it gave, or raised."""
    deadline = time.monotonic() + patience_s
    while True:
        said: object = None
        try:
            value = found()
            if value:
                return value
            said = value
        except (AssertionError, LookupError, TypeError, ValueError, StopIteration) as error:
            said = repr(error)
        assert time.monotonic() < deadline, f"not after {patience_s} s: {said}"
        time.sleep(0.05)


def stays(so: Callable[[], bool], seconds: float) -> bool:
    """Whether it is so all that time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not so():
            return False
        time.sleep(0.1)
    return True


class Scene:
    """One control plane and the operator on it."""

    templates: ClassVar[tuple[str, ...]] = ("operator-rbac.yaml", "service-accounts.yaml")  # of the chart

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        self.plane = plane
        self.server = Server(plane)
        self.identity = folder / "operator.conf"
        self.operator = OperatorProcess(folder, self.identity)

    def install_definitions(self) -> None:
        """crds/, until the API server serves them."""
        self.plane.access.kubectl("apply", "--server-side", "-f", str(ROOT / "crds"))
        self.plane.access.kubectl("wait", "--for=condition=Established", "--all", "crd")

    def install_rights(self) -> None:
        """The namespace, the service account with the chart's roles, and the kubeconfig with its token."""
        with contextlib.suppress(RefusedError):
            self.server.create("/api/v1/namespaces", {"metadata": {"name": "lanner"}})
        self.plane.access.apply(self._rights())
        token = self.plane.access.kubectl("create", "token", "lanner-operator", "-n", "lanner").strip()
        kubeconfig.by_token(self.identity, self.plane.url, self.plane.folder / "pki", token)

    def remove(self) -> None:
        """Definitions, rights and every namespace that was made."""
        self.plane.access.kubectl("delete", "-f", str(ROOT / "crds"))
        self.plane.access.kubectl("delete", "-f", "-", stdin=self._rights())
        own = ("default", "kube-")
        listed = self.plane.access.kubectl("get", "namespaces", "-o", "name").split()
        made = [name for name in listed if not name.removeprefix("namespace/").startswith(own)]
        self.plane.access.kubectl("delete", *made, "--timeout=60s")

    def _rights(self) -> str:
        chosen = (word for name in self.templates for word in ("-s", f"templates/{name}"))
        secrets = ("--set", "sources.pullSecrets={rules-registry}")
        return Helm(Path(self.plane.binaries["helm"])).text(*chosen, *secrets)

    def clean(self) -> None:
        """No rules, no nodes, no bundles."""
        for path in (CLUSTER_RULES, f"{GROUP}/falcorules", NODES, LEASES, DAEMON_SETS):
            for one in self.server.items(path):
                self.server.delete(_path(path, one))
        for one in self.server.items(MAPS):
            if one["metadata"]["name"].startswith("lanner-rules"):
                self.server.delete(_path(MAPS, one))

    def rule(self, name: str, condition: str = "evt.type = execve", **more: Any) -> dict[str, Any]:
        """Applies a ClusterFalcoRule with one rule; the object."""
        made = {"name": name, "condition": condition, "desc": "d", "output": "o", "priority": "NOTICE"}
        return self.applied(CLUSTER_RULES, "ClusterFalcoRule", name, {"rules": [made], **more})

    def tenant_rule(self, namespace: str, name: str, condition: str = "evt.type = open") -> dict[str, Any]:
        """The same of a namespace, which is made."""
        with contextlib.suppress(RefusedError):
            self.server.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
        made = {"name": name, "condition": condition, "desc": "d", "output": "o", "priority": "NOTICE"}
        path = f"{GROUP}/namespaces/{namespace}/falcorules"
        return self.applied(path, "FalcoRule", name, {"rules": [made]})

    def applied(self, path: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
        """Created, or its spec replaced."""
        there = self.server.get(f"{path}/{name}")
        made = {"apiVersion": "lanner.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        if there is None:
            done = self.server.create(path, made)
        else:
            gone = {key: None for key in there["spec"] if key not in spec}
            done = self.server.patch(f"{path}/{name}", {"spec": {**gone, **spec}})
        assert isinstance(done, dict)
        return done

    def condition(self, path: str, kind: str) -> dict[str, Any]:
        """Of an object, once it speaks of the object's generation; KeyError or so before."""
        one = self.server.get(path)
        assert one["status"]["observedGeneration"] == one["metadata"]["generation"]
        return next(dict(found) for found in one["status"]["conditions"] if found["type"] == kind)

    def reason(self, path: str, kind: str, wanted: str, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        """The condition, when it has come to this reason."""

        def found() -> dict[str, Any]:
            said = self.condition(path, kind)
            assert said["reason"] == wanted, said
            return said

        return eventually(found, patience_s)

    def index(self) -> dict[str, Any]:
        return dict(json.loads(self.server.get(INDEX)["data"]["index.json"]))

    def bundle(self) -> dict[str, dict[str, Any]]:
        """What the index in force holds, by kind and name."""
        contents = b"".join(self._content(entry["name"]) for entry in self.index()["shards"])
        plain = gzip.decompress(contents) if self.index()["shards"][0]["gz"] else contents
        objects = json.loads(plain)["objects"]
        return {"/".join(filter(None, (one["kind"], one["namespace"], one["name"]))): one for one in objects}

    def _content(self, name: str) -> bytes:
        found = self.server.get(f"{MAPS}/{name}")
        packed = found.get("binaryData", {}).get("bundle.json.gz")
        return base64.b64decode(packed) if packed else str(found["data"]["bundle.json"]).encode()

    def acknowledge(self, node: str, sha256: str | None = None, **status: Any) -> None:
        """An agent says that it has the bundle in force, or the one with this hash; and is alive."""
        if self.server.get(f"{NODES}/{node}") is None:
            made = {"apiVersion": "lanner.dev/v1alpha1", "kind": "FalcoNode", "metadata": {"name": node}}
            self.server.create(NODES, {**made, "spec": {"nodeName": node}})
        self.renew(node)
        index = self.index()
        loaded = {"revision": index["revision"], "sha256": sha256 or index["bundleSha256"]}
        loaded |= {"name": "r000001-00000000", "loadedAt": _now()}
        self.server.patch(f"{NODES}/{node}/status", {"status": {"bundle": loaded, **status}})

    def renew(self, node: str, seconds_ago: float = 0.0, good_s: int | None = None) -> None:
        """An agent's Lease; `good_s`: how long it says that it is good for."""
        path = f"{LEASES}/lanner-agent-{node}"
        spec = {"renewTime": _now(seconds_ago), "holderIdentity": node, "leaseDurationSeconds": good_s}
        if self.server.get(path) is None:
            made = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}
            self.server.create(LEASES, {**made, "metadata": {"name": f"lanner-agent-{node}"}, "spec": spec})
        else:
            self.server.patch(path, {"spec": spec})

    def desire(self, nodes: int) -> None:
        """The DaemonSet of the agents should run on so many nodes."""
        labels = {"app": "agent"}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
        spec = {"selector": {"matchLabels": labels}, "template": pod}
        made = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "lanner-agent"}}
        if self.server.get(f"{DAEMON_SETS}/lanner-agent") is None:
            self.server.create(DAEMON_SETS, {**made, "spec": spec})
        counts = {"desiredNumberScheduled": nodes, "currentNumberScheduled": nodes, "numberMisscheduled": 0}
        status = {**counts, "numberReady": 0}
        self.server.patch(f"{DAEMON_SETS}/lanner-agent/status", {"status": status})


@contextlib.contextmanager
def installed(plane: ControlPlane, folder: Path) -> Iterator[Scene]:
    """Resource definitions and rights; the operator does not run yet."""
    scene = Scene(plane, folder)
    try:
        scene.install_definitions()
        scene.install_rights()
        yield scene
    finally:
        scene.server.close()


@contextlib.contextmanager
def playing(scene: Scene, folder: Path) -> Iterator[Scene]:
    """The operator runs, logging into `folder`; what was made meanwhile is gone afterwards."""
    scene.operator = OperatorProcess(folder, scene.identity)
    try:
        scene.operator.start()
        yield scene
    finally:
        scene.operator.stop()
        scene.clean()


def _path(path: str, one: dict[str, Any]) -> str:
    namespace, name = one["metadata"].get("namespace"), one["metadata"]["name"]
    if namespace and "/namespaces/" not in path:
        root, _, plural = path.rpartition("/")
        return f"{root}/namespaces/{namespace}/{plural}/{name}"
    return f"{path}/{name}"


def _now(seconds_ago: float = 0.0) -> str:
    then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds_ago)
    return then.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
