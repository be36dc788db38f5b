# SPDX-License-Identifier: Apache-2.0
"""A namespace with a pod and, for all tests together, a node on a real API server; and a publisher for it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import pathlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.publish.alert import Alert
from lanner_agent.publish.events.publisher import EventsPublisher
from lanner_agent.publish.events.settings import EventSettings
from lanner_apiserver.client import Api
from lanner_engine.fields.model import Container
from lanner_engine.program.rule import CheckedRule
from tests.agent.publish.events import alerts
from tests.cluster.access import Access
from tests.cluster.control_plane import ControlPlane

_NUMBERS = itertools.count(1)
NODE = "node1"


@dataclass(frozen=True, slots=True)
class Shop:
    """`container` is the one of pod app1 in this namespace."""

    access: Access
    namespace: str
    node: NodeIdentity
    container: Container

    def alert(self, rule: CheckedRule | None = None, container: Container | None = None) -> Alert:
        return alerts.alert(rule, container or self.container, time=time.time_ns())

    def events(self, *words: str) -> list[dict[str, Any]]:
        """As JSON, oldest first."""
        items: list[dict[str, Any]] = self.kubectl_get("events.events.k8s.io", *words)["items"]
        return sorted(items, key=lambda event: str(event["eventTime"]))

    def kubectl_get(self, *words: str) -> Any:
        return self.access.get("-n", self.namespace, *words)

    def kubectl(self, *words: str, stdin: str = "") -> str:
        return self.access.kubectl("-n", self.namespace, *words, stdin=stdin)


@contextlib.contextmanager
def opened(access: Access) -> Iterator[Shop]:
    """Without controllers nobody makes the service account that a pod needs, so the pod asks for none."""
    namespace = f"shop-{next(_NUMBERS)}"
    access.kubectl("create", "namespace", namespace)
    access.kubectl("-n", namespace, "create", "serviceaccount", "seller")
    access.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}})
    access.apply(pod(namespace))
    uids = [
        access.get("pod", "app1", "-n", namespace)["metadata"]["uid"],
        access.get("node", NODE)["metadata"]["uid"],
    ]
    container = replace(alerts.APP, pod_namespace=namespace.encode(), pod_uid=uids[0].encode())
    try:
        yield Shop(access, namespace, replace(alerts.NODE, uid=uids[1]), container)
    finally:
        access.kubectl("-n", "default", "delete", "events", "--all")
        access.kubectl("delete", "node", NODE)
        access.kubectl("delete", "namespace", namespace, "--wait=false")


def pod(namespace: str, name: str = "app1", **annotations: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "annotations": annotations},
        "spec": {
            "serviceAccountName": "seller",
            "automountServiceAccountToken": False,
            "containers": [{"name": "app", "image": "registry.local/app:1"}],
        },
    }


@dataclass(slots=True)
class Publishing:
    """A publisher at work against a real server, and what it said."""

    publisher: EventsPublisher
    said: list[str]

    def count(self, name: str) -> int:
        return self.publisher.counts().get(name, 0)

    async def until(self, name: str, number: int = 1, patience_s: float = 10.0) -> None:
        """That many were counted."""
        async with asyncio.timeout(patience_s):
            while self.count(name) < number:
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def publishing(
    shop: Shop, kubeconfig: pathlib.Path, settings: EventSettings | None = None
) -> AsyncIterator[Publishing]:
    api = await Api.connect("lanner-tests", str(kubeconfig))
    said: list[str] = []
    publisher = EventsPublisher(api, shop.node, settings or EventSettings(), said.append)
    task = asyncio.create_task(publisher.run())
    try:
        yield Publishing(publisher, said)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await api.close()


def service_account(shop: Shop, plane: ControlPlane, name: str) -> pathlib.Path:
    """A kubeconfig by a real token of a new service account that may do nothing."""
    shop.kubectl("create", "serviceaccount", name)
    token = shop.kubectl("create", "token", name).strip()
    config = json.loads(shop.access.kubectl("config", "view", "--raw", "-o", "json"))
    config["users"][0]["user"] = {"token": token}
    path = plane.folder / f"{shop.namespace}-{name}.conf"
    path.write_text(json.dumps(config))
    return path
