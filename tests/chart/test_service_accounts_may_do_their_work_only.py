# SPDX-License-Identifier: Apache-2.0
"""Rights as a real API server sees them: each account does its work, and no secret, pod or role is within its
reach.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from typing import Any

import pytest

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from tests.chart.installation import NAMESPACE, Installation, event, falco_node, lease
from tests.cluster.access import Access, CommandError

FORBIDDEN = 403
STARTUP = {"key": "lanner.dev/agent-not-ready", "effect": "NoSchedule"}
DEDICATED = {"key": "dedicated", "value": "db", "effect": "NoSchedule"}
PATIENCE_S = 30.0
NODE_2 = {"apiVersion": "v1", "kind": "Node", "name": "n2"}
POD_ELSEWHERE = {"apiVersion": "v1", "kind": "Pod", "namespace": "kube-system", "name": "web-0"}
LABELLED = {"name": "labelled", "namespace": "default", "labels": {"lanner.dev/node": "n2"}}
WEBHOOKS = "validatingwebhookconfigurations.admissionregistration.k8s.io"
SECRET_PATH = "/exec/" + "0" * 64
CA = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCi0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K"
HERE = ("-n", NAMESPACE)
ELSEWHERE = ("-n", "kube-system")
CAN = [
    ("agent", "create", "events.events.k8s.io", ELSEWHERE),
    ("agent", "patch", "events.events.k8s.io", ELSEWHERE),
    ("agent", "get", "nodes", ("--subresource=pods",)),
    ("agent", "get", "nodes", ()),
    ("agent", "watch", "namespaces", ()),
    ("agent", "create", "falconodes.lanner.dev", ()),
    ("agent", "watch", "falconodes.lanner.dev", ()),
    ("agent", "patch", "falconodes.lanner.dev", ("--subresource=status",)),
    ("agent", "watch", "configmaps", HERE),
    ("agent", "update", "leases.coordination.k8s.io", HERE),
    ("agent", "get", "clusterroles.rbac.authorization.k8s.io/lanner-agent", ()),
    ("operator", "watch", "falcorules.lanner.dev", ()),
    ("operator", "watch", "clusterfalcorules.lanner.dev", ()),
    ("operator", "patch", "falcorules.lanner.dev", (*ELSEWHERE, "--subresource=status")),
    ("operator", "patch", "clusterfalcorules.lanner.dev", ("--subresource=status",)),
    ("operator", "delete", "falconodes.lanner.dev", ()),
    ("operator", "patch", "falconodes.lanner.dev", ("--subresource=status",)),
    ("operator", "create", "configmaps", HERE),
    ("operator", "patch", "configmaps", HERE),
    ("operator", "watch", "leases.coordination.k8s.io", HERE),
    ("operator", "watch", "daemonsets.apps/lanner-agent", HERE),
    ("operator", "get", "deployments.apps/lanner-operator", HERE),
    ("operator", "patch", "secrets/lanner-admission", HERE),
    ("operator", "patch", f"{WEBHOOKS}/lanner-admission", ()),
]
BOTH_CANNOT = [
    ("get", "secrets", HERE),
    ("list", "secrets", ELSEWHERE),
    ("get", "pods", HERE),
    ("list", "pods", ELSEWHERE),
    ("create", "pods", HERE),
    ("create", "pods", (*HERE, "--subresource=exec")),
    ("get", "nodes", ("--subresource=proxy",)),
    ("list", "nodes", ()),
    ("patch", "nodes", ()),
    ("create", "serviceaccounts", (*HERE, "--subresource=token")),
    ("patch", "daemonsets.apps", HERE),
    ("get", "configmaps", ELSEWHERE),
    ("create", "clusterroles.rbac.authorization.k8s.io", ()),
    ("bind", "clusterroles.rbac.authorization.k8s.io", ()),
    ("patch", "falcorules.lanner.dev", ELSEWHERE),
    ("create", "clusterfalcorules.lanner.dev", ()),
    ("deletecollection", "clusterfalcorules.lanner.dev", ()),
    ("patch", "customresourcedefinitions.apiextensions.k8s.io", ()),
    ("delete", "validatingadmissionpolicies.admissionregistration.k8s.io", ()),
    ("impersonate", "users", ()),
    ("delete", "events.events.k8s.io", ELSEWHERE),
]
CANNOT = [
    *((component, *what) for component in ("agent", "operator") for what in BOTH_CANNOT),
    ("agent", "list", "events.events.k8s.io", ELSEWHERE),
    ("agent", "delete", "falconodes.lanner.dev", ()),
    ("agent", "delete", "clusterfalcorules.lanner.dev", ()),
    ("agent", "get", "falcorules.lanner.dev", ELSEWHERE),
    ("agent", "patch", "configmaps", HERE),
    ("agent", "get", "clusterroles.rbac.authorization.k8s.io/cluster-admin", ()),
    ("operator", "get", "nodes", ("--subresource=pods",)),
    ("operator", "get", "nodes", ()),
    ("operator", "list", "namespaces", ()),
    ("operator", "create", "secrets", HERE),
    ("operator", "get", f"{WEBHOOKS}/other", ()),
    ("operator", "delete", f"{WEBHOOKS}/lanner-admission", ()),
    ("agent", "get", "secrets/lanner-admission", HERE),
    ("agent", "patch", f"{WEBHOOKS}/lanner-admission", ()),
    ("operator", "patch", "falconodes.lanner.dev", ()),
    ("operator", "patch", "deployments.apps", (*HERE, "--subresource=scale")),
    ("operator", "watch", "daemonsets.apps", HERE),
]


def named(value: object) -> str:
    """Of one parameter of a test."""
    return " ".join(value) if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize(("component", "verb", "resource", "where"), CAN, ids=named)
def test_what_each_must(
    installed: Installation, component: str, verb: str, resource: str, where: tuple[str, ...]
) -> None:
    assert installed.may(component, verb, resource, *where)


@pytest.mark.parametrize(("component", "verb", "resource", "where"), CANNOT, ids=named)
def test_what_each_must_not(
    installed: Installation, component: str, verb: str, resource: str, where: tuple[str, ...]
) -> None:
    assert not installed.may(component, verb, resource, *where)


def test_the_operator_deletes_no_rules_but_those_of_a_try(installed: Installation) -> None:
    token = installed.admin.kubectl("create", "token", "lanner-operator", "-n", NAMESPACE).strip()
    operator = installed.by_token("operator", token)
    deadline = time.monotonic() + PATIENCE_S
    while "deletes no rules but those of kubectl lanner try" not in (said := deleted(operator)):
        assert time.monotonic() < deadline, f"the admission policy is not in force: {said}"
        time.sleep(0.2)


def deleted(operator: Access) -> str:
    """What is said of a deletion that would be none."""
    try:
        return operator.kubectl("delete", "clusterfalcorule", "lanner-terminal-shell", "--dry-run=server")
    except CommandError as error:
        return str(error)


def test_an_agent_speaks_for_its_own_node_only(installed: Installation) -> None:
    first, second = installed.agent_of("n1"), installed.agent_of("n2")
    first.kubectl("create", "-f", "-", stdin=falco_node("n1"))
    with pytest.raises(CommandError, match="the agent of node n1 may write falconodes n1, not n2"):
        first.kubectl("create", "-f", "-", stdin=falco_node("n2"))
    second.kubectl("create", "-f", "-", stdin=falco_node("n2"))

    patch_status(first, "n1")
    with pytest.raises(ApiError, match="may write falconodes n1, not n2") as refused:
        patch_status(first, "n2")
    assert refused.value.status == FORBIDDEN


def test_an_agent_keeps_its_own_node_alive_only(installed: Installation) -> None:
    agent = installed.agent_of("n1")
    agent.kubectl("create", "-f", "-", stdin=lease("lanner-agent-n1"))
    for other in ("lanner-agent-n2", "n1", "lanner-operator"):
        with pytest.raises(CommandError, match=f"may write leases lanner-agent-n1, not {other}"):
            agent.kubectl("create", "-f", "-", stdin=lease(other))


def test_an_agent_reports_in_its_own_name_only(installed: Installation) -> None:
    agent = installed.agent_of("n1")
    agent.kubectl("create", "-f", "-", stdin=event("first"))
    with pytest.raises(CommandError, match="the agent of node n1 may not report as n2"):
        agent.kubectl("create", "-f", "-", stdin=event("second", reportingInstance="n2"))
    with pytest.raises(CommandError, match=r"an agent reports as lanner\.dev/agent only"):
        agent.kubectl("create", "-f", "-", stdin=event("third", reportingController="kubelet"))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"regarding": NODE_2}, "the agent of node n1 may not report about node n2"),
        ({"regarding": {"kind": "Secret", "name": "s"}}, "an agent reports about pods and nodes only"),
        ({"regarding": {}}, "an agent reports about pods and nodes only"),
        ({"regarding": POD_ELSEWHERE}, "an agent's Event about a pod stands in the pod's namespace"),
        ({"metadata": LABELLED}, "the agent of node n1 may not label an Event as of another node"),
    ],
    ids=named,
)
def test_an_agent_reports_about_its_own_node(
    installed: Installation, changed: dict[str, Any], words: str
) -> None:
    agent = installed.agent_of("n1")
    with pytest.raises(CommandError, match=words):
        agent.kubectl("create", "-f", "-", stdin=event("fifth", **changed))


def test_an_agent_may_be_held_to_pods_of_its_own_node(installed: Installation) -> None:
    agent, _ = installed.agent_of("n1"), installed.agent_of("n2")
    here = {"name": "about-a-pod", "namespace": NAMESPACE}
    foreign, own = (event("x", metadata=here, regarding=pod_of(node)) for node in ("n2", "n1"))
    installed.upgrade("--set", "agent.ownPodsOnly=true")
    try:
        words = "the agent of node n1 may not report about pod lanner-agent-n2, which runs on another node"
        until_refused(agent, foreign, words)
        agent.kubectl("create", "-f", "-", stdin=own)
        gone = {"apiVersion": "v1", "kind": "Pod", "namespace": NAMESPACE, "name": "gone"}
        agent.kubectl("create", "-f", "-", stdin=event("x", metadata={**here, "name": "g"}, regarding=gone))
    finally:
        installed.upgrade()


def test_the_operator_may_be_let_to_take_startup_taints_off_nodes_and_nothing_else(
    installed: Installation,
) -> None:
    installed.upgrade("--set", "startupTaint.enabled=true")
    try:
        node = {"metadata": {"name": "fresh"}, "spec": {"taints": [DEDICATED, STARTUP]}}
        installed.admin.apply({"apiVersion": "v1", "kind": "Node", **node})
        token = installed.admin.kubectl("create", "token", "lanner-operator", "-n", NAMESPACE).strip()
        operator, numbers = installed.by_token("operator", token), itertools.count()
        deadline = time.monotonic() + PATIENCE_S
        while "lanner-operator-startup-taint" not in (said := patched(operator, labelled(next(numbers)))):
            assert time.monotonic() < deadline, f"the admission policy is not in force: {said}"
            time.sleep(0.2)
        taints = installed.admin.get("node", "fresh")["spec"]["taints"]  # controllers have theirs
        others = [one for one in taints if one != STARTUP]
        keeps = "removes taints lanner.dev/agent-not-ready from nodes and changes no others"
        for wanted in (
            [STARTUP],
            [*others, {**STARTUP, "effect": "NoExecute"}],
            [*taints, {**STARTUP, "key": "x"}],
        ):
            assert keeps in patched(operator, {"spec": {"taints": wanted}})
        cordoned = {"spec": {"taints": others, "unschedulable": True}}
        assert "changes nothing of a node" in patched(operator, cordoned)
        assert "patched" in patched(operator, {"spec": {"taints": others}})
        assert STARTUP not in installed.admin.get("node", "fresh")["spec"]["taints"]
    finally:
        installed.admin.kubectl("delete", "node", "fresh", "--ignore-not-found")
        installed.upgrade("--set", "startupTaint.enabled=false")


def test_the_operator_changes_nothing_of_its_webhook_but_whom_to_trust(installed: Installation) -> None:
    token = installed.admin.kubectl("create", "token", "lanner-operator", "-n", NAMESPACE).strip()
    operator = installed.by_token("operator", token)
    (webhook,) = installed.admin.get(WEBHOOKS, "lanner-admission")["webhooks"]
    secrets = {"apiGroups": [""], "apiVersions": ["*"], "resources": ["secrets"], "operations": ["*"]}
    changes: tuple[dict[str, Any], ...] = (
        {"clientConfig": {"url": "https://thief.example/x"}},
        {"rules": [secrets]},
        {"failurePolicy": "Fail"},
        {"objectSelector": {}},
        {"matchConditions": []},
    )
    for change in changes:
        assert "nothing of its webhook but caBundle" in hooked(operator, [{**webhook, **change}])
    assert "nothing of its webhook but caBundle" in hooked(operator, [webhook, {**webhook, "name": "x.y.z"}])
    assert "patched" in hooked(
        operator, [{**webhook, "clientConfig": {**webhook["clientConfig"], "caBundle": CA}}]
    )


def test_of_the_webhook_about_sessions_it_may_write_the_secret_path_too(installed: Installation) -> None:
    token = installed.admin.kubectl("create", "token", "lanner-operator", "-n", NAMESPACE).strip()
    operator = installed.by_token("operator", token)
    installed.upgrade("--set", "exec.enabled=true")
    try:
        webhooks = installed.admin.get(WEBHOOKS, "lanner-admission")["webhooks"]
        assert len(webhooks) == 3
        told(operator, webhooks, 1, {"path": "/x"}, "but caBundle, and the secret path")
        told(operator, webhooks, 0, {"path": SECRET_PATH}, "nothing of its webhook but caBundle")
        told(operator, webhooks, 1, {"name": "x", "path": SECRET_PATH}, "nothing of its webhook")
        told(operator, webhooks, 2, {"path": SECRET_PATH}, "patched")
    finally:
        installed.upgrade("--set", "exec.enabled=false")


def told(
    operator: Access, webhooks: list[dict[str, Any]], number: int, change: dict[str, str], words: str
) -> None:
    """What is said of another address of one of the webhooks, once the policy is the one of this release."""
    before = webhooks[number]["clientConfig"]["service"]
    changed = {**webhooks[number], "clientConfig": {"service": {**before, **change}}}
    asked = [changed if at == number else one for at, one in enumerate(webhooks)]
    deadline = time.monotonic() + PATIENCE_S
    while words not in (said := hooked(operator, asked)):
        assert time.monotonic() < deadline, said
        time.sleep(0.3)


def hooked(operator: Access, webhooks: list[dict[str, Any]]) -> str:
    """What kubectl, or the API server, says of these in the operator's configuration."""
    change = json.dumps({"webhooks": webhooks})
    try:
        return operator.kubectl("patch", WEBHOOKS, "lanner-admission", "--type=merge", "-p", change)
    except CommandError as refused:
        return refused.words


def labelled(number: int) -> dict[str, Any]:
    return {"metadata": {"labels": {"number": str(number)}}}


def patched(operator: Access, change: dict[str, Any]) -> str:
    """What kubectl, or the API server, says of a change of the node."""
    try:
        return operator.kubectl("patch", "node", "fresh", "--type=merge", "-p", json.dumps(change))
    except CommandError as refused:
        return refused.words


def test_a_token_that_belongs_to_no_pod_speaks_for_no_node(installed: Installation) -> None:
    for manifest in (falco_node("n3"), lease("lanner-agent-n3"), event("fourth")):
        with pytest.raises(CommandError, match="the agent's token names no node"):
            installed.agent_without_pod().kubectl("create", "-f", "-", stdin=manifest)


def test_others_are_not_held_up(installed: Installation) -> None:
    installed.admin.kubectl("create", "-f", "-", stdin=lease("of-somebody-else"))
    installed.admin.kubectl("create", "-f", "-", stdin=falco_node("n4"))


def pod_of(node: str) -> dict[str, str]:
    """A reference to the pod of the agent on it."""
    return {"apiVersion": "v1", "kind": "Pod", "namespace": NAMESPACE, "name": f"lanner-agent-{node}"}


def until_refused(agent: Access, manifest: str, words: str) -> None:
    """The API server learns of a policy, and of the pods it asks about, a moment after it is there."""
    deadline = time.monotonic() + PATIENCE_S
    while words not in (said := refusal(agent, manifest)):
        assert time.monotonic() < deadline, said or "it is not refused"
        time.sleep(0.2)


def refusal(agent: Access, manifest: str) -> str:
    """The API server's words; "" when it takes it."""
    try:
        agent.kubectl("create", "--dry-run=server", "-f", "-", stdin=manifest)
    except CommandError as refused:
        return refused.words
    return ""


def patch_status(agent: Access, node: str) -> None:
    """As the agent does; kubectl would read the status first, which an agent may not."""

    async def patch() -> None:
        api = await Api.connect("lanner-tests", str(agent.kubeconfig))
        try:
            await api.request(
                "PATCH",
                f"/apis/lanner.dev/v1alpha1/falconodes/{node}/status",
                body={"status": {"counters": {"alerts": 1}}},
                content_type="application/merge-patch+json",
            )
        finally:
            await api.close()

    asyncio.run(patch())
