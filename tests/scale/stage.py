# SPDX-License-Identifier: Apache-2.0
"""A control plane with what the chart installs, and nodes that no kubelet runs: each with the agent's pod and
a token bound to it, as the chart's admission policies want them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

from lanner_apiserver.client import Api
from tests.cluster import control_plane
from tests.cluster.binaries import Binaries
from tests.cluster.control_plane import ControlPlane
from tests.operator.whole.scene import Scene

AT_ONCE: Final = 24
TOKEN_S: Final = 4 * 3600
AGENT: Final = "lanner-agent"
# What would act on nodes without kubelets, and on a DaemonSet whose pods are made by hand.
WITHOUT: Final = (
    "daemonset-controller",
    "node-lifecycle-controller",
    "taint-eviction-controller",
    "node-ipam-controller",
)
PODS: Final = "/api/v1/namespaces/lanner/pods"
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Place:
    """A node with the agent's pod on it."""

    node: str
    node_uid: str
    pod: str
    pod_uid: str
    token: str

    @property
    def told(self) -> dict[str, str]:
        """As the fleet is told of it."""
        return asdict(self)


class Stage(Scene):
    """`admin` is the API server as an administrator asks it."""

    templates: ClassVar[tuple[str, ...]] = (
        *Scene.templates,
        "agent-rbac.yaml",
        "agent-admission.yaml",
        "admission-policy.yaml",
        "flow-schema.yaml",
    )

    def __init__(self, plane: ControlPlane, folder: Path, admin: Api) -> None:
        super().__init__(plane, folder)
        self.admin = admin

    async def places(self, names: Iterable[str]) -> list[Place]:
        """Nodes of these names, with all that an agent needs."""
        return await some_at_once(self._place, names)

    async def vacate(self, places: Iterable[Place]) -> None:
        """The nodes are gone from the cluster, and their pods with them."""
        await some_at_once(self._vacate, places)

    async def _place(self, name: str) -> Place:
        node = await self._created("/api/v1/nodes", {"kind": "Node", "metadata": {"name": name}})
        pod = await self._created(PODS, _pod(name))
        bound = {"kind": "Pod", "apiVersion": "v1", "name": pod["name"], "uid": pod["uid"]}
        asked = {"spec": {"audiences": [], "boundObjectRef": bound, "expirationSeconds": TOKEN_S}}
        path = f"/api/v1/namespaces/lanner/serviceaccounts/{AGENT}/token"
        answer = await self.admin.request("POST", path, body=asked, timeout_s=60.0)
        return Place(name, node["uid"], pod["name"], pod["uid"], answer["status"]["token"])

    async def _created(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        made = await self.admin.request("POST", path, body={"apiVersion": "v1", **body}, timeout_s=60.0)
        meta: dict[str, Any] = made["metadata"]
        return meta

    async def _vacate(self, place: Place) -> None:
        at_once = {"gracePeriodSeconds": 0}
        await self.admin.request("DELETE", f"{PODS}/{place.pod}", body=at_once, timeout_s=60.0)
        await self.admin.request("DELETE", f"/api/v1/nodes/{place.node}", timeout_s=60.0)


@contextlib.asynccontextmanager
async def set_up(binaries: Binaries, folder: Path) -> AsyncIterator[Stage]:
    """Everything but nodes; the operator does not run yet."""
    with control_plane.running(binaries, controllers=True, without=WITHOUT) as plane:
        admin = await Api.connect("scale-admin", str(plane.kubeconfig))
        stage = Stage(plane, folder, admin)
        try:
            await asyncio.to_thread(stage.install_definitions)
            await asyncio.to_thread(stage.install_rights)
            yield stage
        finally:
            stage.operator.stop()
            stage.server.close()
            await admin.close()


async def some_at_once(work: Callable[[T], Awaitable[U]], given: Iterable[T]) -> list[U]:
    """`work` on each, AT_ONCE at a time; what came out, in order."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(what: T) -> U:
        async with room:
            return await work(what)

    return await asyncio.gather(*map(one, given))


def _pod(node: str) -> dict[str, Any]:
    spec = {
        "nodeName": node,
        "serviceAccountName": AGENT,
        "automountServiceAccountToken": False,
        "containers": [{"name": "agent", "image": AGENT}],
        "tolerations": [{"operator": "Exists"}],
    }
    return {"kind": "Pod", "metadata": {"name": f"{AGENT}-{node}", "namespace": "lanner"}, "spec": spec}
