# SPDX-License-Identifier: Apache-2.0
"""A real API server that may not, will not or cannot take an Event: what is lost, what kept, what said."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
import pathlib
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lanner_agent.publish.events import body, identity
from lanner_agent.publish.events.rule_card import RuleCards
from lanner_agent.publish.events.settings import EventSettings
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from tests.agent.publish.events import alerts
from tests.agent.publish.events.shop import Shop, opened, publishing, service_account
from tests.cluster.access import CommandError
from tests.cluster.control_plane import ControlPlane

RULE = alerts.rule(owner=alerts.OWNER)
ROLE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: events-{namespace}}}
rules:
- {{apiGroups: [events.k8s.io], resources: [events], verbs: [create, patch]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: events-{namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: events-{namespace}}}
subjects:
- {{kind: ServiceAccount, name: {account}, namespace: {namespace}}}
"""
POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: no-shells-{namespace}}}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {{apiGroups: [events.k8s.io], apiVersions: [v1], operations: [CREATE], resources: [events]}}
  validations:
  - expression: "object.metadata.namespace != '{namespace}' || !object.reason.startsWith('Terminal')"
    message: "no shells here \\e[31m"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: no-shells-{namespace}}}
spec: {{policyName: no-shells-{namespace}, validationActions: [Deny]}}
"""

GUARD = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: own-events-{namespace}}}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {{apiGroups: [events.k8s.io], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [events]}}
  matchConditions:
  - name: agent
    expression: request.userInfo.username == "system:serviceaccount:{namespace}:agent"
  validations:
  - expression: object.reportingController == "lanner.dev/agent"
    message: an agent reports as lanner.dev/agent only
    reason: Forbidden
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: own-events-{namespace}}}
spec: {{policyName: own-events-{namespace}, validationActions: [Deny]}}
"""


@pytest.fixture
def shop(control_plane: ControlPlane) -> Iterator[Shop]:
    with opened(control_plane.access) as one:
        yield one


def allow(shop: Shop) -> None:
    """Returns when it is in force: the authorizer watches roles, and learns of them a moment later."""
    shop.access.apply(ROLE.format(namespace=shop.namespace, account="agent"))
    who = f"system:serviceaccount:{shop.namespace}:agent"
    question = ("auth", "can-i", "patch", "events.events.k8s.io", "--as", who)
    for _ in range(100):
        with contextlib.suppress(CommandError):  # its exit status is the answer
            shop.kubectl(*question)
            return
        time.sleep(0.1)
    raise TimeoutError(f"{who} may not write Events after 10 s")


def test_the_right_that_lacks_is_named_and_two_verbs_are_enough(
    shop: Shop, control_plane: ControlPlane
) -> None:
    kubeconfig = service_account(shop, control_plane, "agent")

    async def run() -> None:
        async with publishing(shop, kubeconfig) as one:
            one.publisher.offer(shop.alert(RULE))
            await one.until("dropped_forbidden")
            healthy, why = one.publisher.healthy()
            assert not healthy
            assert 'apiGroups ["events.k8s.io"], resources ["events"], verbs ["create", "patch"]' in why
            assert len(one.said) == 1
            allow(shop)
            one.publisher.offer(shop.alert(replace(RULE, name="Another")))
            one.publisher.offer(shop.alert(replace(RULE, name="Another")))
            await one.until("series_patched")
            assert one.publisher.healthy()[0]

    try:
        asyncio.run(run())
        (event,) = shop.events()
        assert event["reason"] == "Another"
    finally:
        shop.access.kubectl("delete", "clusterrole,clusterrolebinding", f"events-{shop.namespace}")


def test_two_verbs_are_enough_to_go_on_with_a_series(shop: Shop, control_plane: ControlPlane) -> None:
    kubeconfig = service_account(shop, control_plane, "agent")
    allow(shop)
    at = time.time_ns()

    async def run() -> None:
        for _ in range(2):
            async with publishing(shop, kubeconfig) as one:
                one.publisher.offer(alerts.alert(RULE, shop.container, time=at))
                one.publisher.offer(alerts.alert(RULE, shop.container, time=at))
                await one.until("series_patched")

    try:
        asyncio.run(run())
        (event,) = shop.events()
        assert event["series"]["count"] == 4
    finally:
        shop.access.kubectl("delete", "clusterrole,clusterrolebinding", f"events-{shop.namespace}")


async def refused(kubeconfig: pathlib.Path, shop: Shop, name: str) -> bool:
    """Whether the policy is in force: not even a patch that changes nothing is allowed."""
    api = await Api.connect("lanner-tests", str(kubeconfig))
    path = f"/apis/events.k8s.io/v1/namespaces/{shop.namespace}/events/{name}"
    try:
        await api.request("PATCH", path, body={}, content_type="application/merge-patch+json")
    except ApiError as error:
        return "lanner.dev/agent only" in error.message
    finally:
        await api.close()
    return False


@pytest.mark.parametrize("guarded", [False, True], ids=["", "with the chart's policy"])
def test_an_event_made_before_to_take_the_name_keeps_no_alert_out(
    shop: Shop, control_plane: ControlPlane, guarded: bool
) -> None:
    """The chart's policy lets an agent touch no Event of others: then even the empty patch is refused."""
    at = time.time_ns()
    first = alerts.alert(RULE, shop.container, time=at)
    card = RuleCards().card(RULE)
    name = identity.event_name("app1", identity.key(card, shop.container, b"/usr/bin/dash"), "node1", at)
    theirs = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "type": "Normal",
        "reason": "Fine",
        "metadata": {"name": name, "namespace": shop.namespace},
        "action": "Look",
        "note": "all is well",
        "eventTime": body.micro_time(at),
        "reportingController": "example.com/x",
        "reportingInstance": "node1",
        "regarding": {"namespace": shop.namespace, "name": "app1"},
    }
    shop.kubectl("create", "-f", "-", stdin=json.dumps(theirs))
    kubeconfig = service_account(shop, control_plane, "agent")
    allow(shop)
    if guarded:
        shop.access.apply(GUARD.format(namespace=shop.namespace))

    async def run() -> None:
        while guarded and not await refused(kubeconfig, shop, name):
            await asyncio.sleep(0.1)
        async with publishing(shop, kubeconfig) as one:
            one.publisher.offer(first)
            one.publisher.offer(first)
            await one.until("series_patched")

    try:
        asyncio.run(run())
        notes = {event["metadata"]["name"] == name: event["note"] for event in shop.events()}
        assert notes[True] == "all is well"
        assert notes[False].startswith("Notice Terminal shell")
    finally:
        shop.access.kubectl("delete", "clusterrole,clusterrolebinding", f"events-{shop.namespace}")
        if guarded:
            kinds = "validatingadmissionpolicy,validatingadmissionpolicybinding"
            shop.access.kubectl("delete", kinds, f"own-events-{shop.namespace}")


def test_a_namespace_that_goes_away_costs_no_second_try(shop: Shop) -> None:
    shop.kubectl(
        "patch", "pod", "app1", "--type=merge", "-p", '{"metadata":{"finalizers":["example.com/stay"]}}'
    )
    shop.access.kubectl("delete", "namespace", shop.namespace, "--wait=false")
    missing = replace(shop.container, pod_namespace=b"never-was", pod_uid=b"another")

    async def run() -> None:
        async with publishing(shop, shop.access.kubeconfig) as one:
            one.publisher.offer(shop.alert(RULE))
            one.publisher.offer(shop.alert(RULE, missing))
            await one.until("dropped_namespace_gone", 2)
            one.publisher.offer(shop.alert(RULE))
            assert one.count("dropped_namespace_gone") == 3
            assert one.count("retries") == 0
            assert one.publisher.healthy()[0]
            assert len(one.said) == 1  # of each kind one

    try:
        asyncio.run(run())
    finally:
        shop.kubectl("patch", "pod", "app1", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')


def test_a_policy_that_refuses_is_quoted_once_and_others_go_through(shop: Shop) -> None:
    shop.access.apply(POLICY.format(namespace=shop.namespace))

    async def run() -> None:
        async with publishing(shop, shop.access.kubeconfig) as one:
            for attempt in range(100):  # a policy is in force a moment after it is accepted
                one.publisher.offer(shop.alert(replace(RULE, name=f"Terminal {attempt}")))
                await asyncio.sleep(0.1)
                if one.count("dropped_rejected"):
                    break
            one.publisher.offer(shop.alert(replace(RULE, name="Another")))
            published = one.count("published")
            await one.until("published", published + 1)
            (line,) = one.said
            assert "no shells here" in line
            assert line.isprintable()

    try:
        asyncio.run(run())
        assert "Another" in {event["reason"] for event in shop.events()}
    finally:
        names = f"no-shells-{shop.namespace}"
        shop.access.kubectl("delete", "validatingadmissionpolicy,validatingadmissionpolicybinding", names)


def test_an_invalid_event_is_dropped_with_the_servers_words(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = body.detected
    monkeypatch.setattr(body, "detected", lambda *all_: made(*all_) | {"reason": ""})

    async def run() -> None:
        async with publishing(shop, shop.access.kubeconfig) as one:
            one.publisher.offer(shop.alert(RULE))
            await one.until("dropped_rejected")
            assert len(one.said) == 1
            assert "reason: Required value" in one.said[0]

    asyncio.run(run())


def test_what_happens_while_the_server_is_away_comes_after_with_its_time(
    own_control_plane: ControlPlane, capsys: pytest.CaptureFixture[str]
) -> None:
    plane = own_control_plane
    seen: dict[str, float] = {}

    async def run(shop: Shop) -> None:
        async with publishing(shop, plane.kubeconfig, EventSettings()) as one:

            def offer(name: str, priority: str) -> None:
                seen[name] = time.time()
                one.publisher.offer(shop.alert(alerts.rule(name, priority=priority)))

            offer("Before", "NOTICE")
            await one.until("published")
            await asyncio.to_thread(plane.stop_api)
            for name, priority in (("Lesser", "NOTICE"), ("Greater", "CRITICAL"), ("Before", "NOTICE")):
                offer(name, priority)
            await asyncio.sleep(5)
            assert one.publisher.healthy()[0] is False
            assert one.count("queue_length") == 2
            await asyncio.to_thread(plane.start_api)
            back = time.time()
            await one.until("published", 3, patience_s=30)
            with capsys.disabled():
                print(f"\n[EVENTS] published {time.time() - back:.1f} s after the server was ready again")
            await one.until("series_patched", 1, patience_s=30)
            assert one.publisher.healthy()[0]

    with opened(plane.access) as shop:
        asyncio.run(run(shop))
        events = {event["reason"]: event for event in shop.events()}
    assert set(events) == {"Before", "Lesser", "Greater"}
    assert events["Before"]["series"]["count"] == 2
    for name in ("Lesser", "Greater"):
        told = datetime.datetime.fromisoformat(events[name]["eventTime"])
        assert abs(told.timestamp() - seen[name]) < 0.1
    versions = [int(events[name]["metadata"]["resourceVersion"]) for name in ("Greater", "Lesser")]
    assert versions == sorted(versions)
