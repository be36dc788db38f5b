# SPDX-License-Identifier: Apache-2.0
"""A real API server by its own priority and fairness: shut for a while, then open; and one with time."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import pathlib
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.agent.publish.events import alerts
from tests.agent.publish.events.shop import Shop, opened, publishing, service_account
from tests.agent.publish.events.test_a_real_server_refuses_and_goes_away import allow
from tests.cluster.control_plane import ControlPlane

RULE = alerts.rule(owner=alerts.OWNER)
PODS = 200
ALL_S = 60.0
SHUT_S = 5.0
SHUT = """
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: PriorityLevelConfiguration
metadata: {{name: shut-{namespace}}}
spec:
  type: Limited
  limited:
    nominalConcurrencyShares: 0
    lendablePercent: 0
    borrowingLimitPercent: 0
    limitResponse: {{type: Reject}}
---
apiVersion: flowcontrol.apiserver.k8s.io/v1
kind: FlowSchema
metadata: {{name: shut-{namespace}}}
spec:
  matchingPrecedence: 100
  priorityLevelConfiguration: {{name: shut-{namespace}}}
  rules:
  - subjects:
    - {{kind: ServiceAccount, serviceAccount: {{name: agent, namespace: {namespace}}}}}
    resourceRules:
    - {{verbs: ["*"], apiGroups: [events.k8s.io], resources: [events], namespaces: ["*"]}}
"""


@pytest.fixture
def shop(control_plane: ControlPlane) -> Iterator[Shop]:
    with opened(control_plane.access) as one:
        yield one


@contextlib.contextmanager
def shut(shop: Shop, plane: ControlPlane, kubeconfig: pathlib.Path) -> Iterator[None]:
    """No seat for the agent's Events: each is answered 429 at once.

    A level without seats has one all the same while none is taken; a request that never ends takes it.
    """
    shop.access.apply(SHUT.format(namespace=shop.namespace))
    try:
        with unfinished(shop, plane, kubeconfig):
            yield
    finally:
        for kind in ("flowschema", "prioritylevelconfiguration"):
            shop.access.kubectl("delete", kind, f"shut-{shop.namespace}", "--ignore-not-found")


@contextlib.contextmanager
def unfinished(shop: Shop, plane: ControlPlane, kubeconfig: pathlib.Path) -> Iterator[None]:
    """A create whose body does not come, until a second one is refused."""
    path = f"/apis/events.k8s.io/v1/namespaces/{shop.namespace}/events"
    token = json.loads(kubeconfig.read_text())["users"][0]["user"]["token"]
    context = ssl.create_default_context(cafile=str(plane.folder / "pki/ca.crt"))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with contextlib.ExitStack() as opened_ones:

        def connection() -> http.client.HTTPSConnection:
            made = http.client.HTTPSConnection(plane.address, plane.port, timeout=10, context=context)
            opened_ones.callback(made.close)
            return made

        def refused() -> bool:
            asking = connection()
            asking.request("POST", path, "{}", headers)
            return asking.getresponse().status == 429

        for _ in range(20):
            waiting = connection()
            waiting.putrequest("POST", path)
            for name, value in {**headers, "Content-Length": "100"}.items():
                waiting.putheader(name, value)
            waiting.endheaders()
            time.sleep(0.5)
            if refused():
                break
        else:
            raise AssertionError("the server takes every request")
        yield


def test_a_server_that_is_shut_is_asked_as_it_says_and_gets_all_when_it_opens(
    shop: Shop, control_plane: ControlPlane
) -> None:
    kubeconfig = service_account(shop, control_plane, "agent")
    allow(shop)

    async def run() -> None:
        async with publishing(shop, kubeconfig) as one:
            with shut(shop, control_plane, kubeconfig):
                began = time.monotonic()
                for number in range(3):
                    one.publisher.offer(shop.alert(replace(RULE, name=f"Waits {number}")))
                await asyncio.sleep(SHUT_S)
                asked = one.count("throttled")
                assert 1 <= asked <= time.monotonic() - began + 1  # Retry-After: 1
                healthy, why = one.publisher.healthy()
                assert not healthy
                assert "asks for fewer Events" in why
            async with asyncio.timeout(30):
                while one.count("queue_length"):
                    await asyncio.sleep(0.05)
            assert one.publisher.healthy()[0]

    try:
        asyncio.run(run())
        reasons = {event["reason"] for event in shop.events()}
        assert {"Waits0", "Waits1", "Waits2"} <= reasons
    finally:
        shop.access.kubectl("delete", "clusterrole,clusterrolebinding", f"events-{shop.namespace}")


@pytest.mark.timeout(180)
def test_two_hundred_pods_have_their_events_within_a_minute(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    async def run() -> float:
        async with publishing(shop, shop.access.kubeconfig) as one:
            began = time.monotonic()
            for number in range(PODS):
                where = replace(shop.container, pod_uid=b"uid-%d" % number, pod_name=b"app%d" % number)
                one.publisher.offer(shop.alert(RULE, where))
            await one.until("published", PODS, patience_s=ALL_S)
            return time.monotonic() - began

    took = asyncio.run(run())
    with capsys.disabled():
        print(f"\n[EVENTS] {PODS} alerts at once were Events after {took:.1f} s")
    assert len(shop.events()) == PODS
