# SPDX-License-Identifier: Apache-2.0
"""Labels and addresses of pods from the real kubelet, labels of namespaces from the API server, as scopes and
outputs see them; and what is said when the kubelet refuses.
"""

from __future__ import annotations

import json
import pathlib
import time
from collections.abc import Iterator

import pytest

from lanner_engine.resources.rule_object import RuleObject
from tests.agent.cluster import joined
from tests.agent.cluster.installation import cluster_rule, rule, until
from tests.agent.cluster.joined import Joined
from tests.cluster.access import CommandError
from tests.cluster.cluster import Cluster
from tests.story.agent import Agent

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def lanner(cluster: Cluster, tmp_path: pathlib.Path) -> Iterator[Joined]:
    with joined.joined(cluster, tmp_path) as made:
        yield made


def selecting(**spec: object) -> RuleObject:
    return cluster_rule("one", rule("Seen", output="%k8s.pod.name %k8s.pod.ip %k8s.pod.uid"), **spec)


def test_a_label_that_is_changed_later_counts(lanner: Joined) -> None:
    index = lanner.publish(selecting(hostScope="Exclude", podSelector={"matchLabels": {"watch": "yes"}}))
    lanner.run_pod("app1")
    with lanner.agent() as agent:
        lanner.wait_for_bundle(index)
        lanner.true_in("app1")
        time.sleep(1.0)
        assert agent.alerts.all() == []
        lanner.admin.kubectl("label", "pod", "app1", "watch=yes", "-n", lanner.name)
        _until_it_matches(lanner, agent, "app1", 45)
        pod = lanner.admin.get("pod", "app1", "-n", lanner.name)
        until(lambda: lanner.condition("MetadataHealthy").get("status") == "True")
    seen = [json.loads(line.text) for line in agent.alerts.all()]
    assert seen[-1]["output_fields"]["k8s.pod.ip"] == pod["status"]["podIP"]
    assert seen[-1]["output_fields"]["k8s.pod.uid"] == pod["metadata"]["uid"]


def test_a_pod_with_the_nodes_network_has_the_nodes_address(lanner: Joined) -> None:
    index = lanner.publish(selecting())
    lanner.run_pod("app1", "--overrides", json.dumps({"spec": {"hostNetwork": True}}))
    with lanner.agent() as agent:
        lanner.wait_for_bundle(index)
        lanner.true_in("app1")
        line = agent.alerts.wait('"k8s.pod.name":"app1"')
    fields = json.loads(line.text)["output_fields"]
    assert fields["k8s.pod.ip"] == lanner.variables["LANNER_NODE_IP"]


def test_namespace_labels_are_watched_only_for_rules_that_ask(lanner: Joined) -> None:
    plain = lanner.publish(selecting())
    lanner.run_pod("app1")
    with lanner.agent() as agent:
        lanner.wait_for_bundle(plain)
        assert _namespace_watches(lanner) == 0
        asking = lanner.publish(
            selecting(hostScope="Exclude", namespaceSelector={"matchLabels": {"team": "a"}})
        )
        lanner.wait_for_bundle(asking)
        before = len(agent.alerts.all())
        lanner.true_in("app1")
        lanner.admin.kubectl("label", "namespace", lanner.name, "team=a")
        _until_it_matches(lanner, agent, "app1", 5, before)
        assert _namespace_watches(lanner) > 0


def test_without_the_right_the_missing_rule_is_named_and_names_come_from_the_runtime(lanner: Joined) -> None:
    role = lanner.admin.get("clusterrole", f"{lanner.name}-agent")
    role["rules"] = [one for one in role["rules"] if "nodes/pods" not in one["resources"]]
    lanner.admin.apply(role)
    until(lambda: not _may_ask_the_kubelet(lanner))
    index = lanner.publish(selecting())
    lanner.run_pod("app1")
    with lanner.agent() as agent:
        lanner.wait_for_bundle(index)
        agent.notes.wait("cannot ask the kubelet .* the agent's role must allow: get on nodes/pods")
        lanner.true_in("app1")
        agent.alerts.wait('"k8s.pod.name":"app1"')
        until(lambda: lanner.condition("MetadataHealthy").get("reason") == "KubeletUnavailable")
    assert "nodes/pods" in lanner.condition("MetadataHealthy")["message"]


def test_pods_of_an_unknown_runtime_are_named_by_the_kubelet(lanner: Joined, tmp_path: pathlib.Path) -> None:
    index = lanner.publish(selecting(hostScope="Exclude", podSelector={"matchLabels": {"run": "app1"}}))
    lanner.run_pod("app1")
    lanner.variables["LANNER_CRI_SOCKET"] = str(tmp_path / "nobody.sock")
    with lanner.agent() as agent:
        lanner.wait_for_bundle(index)
        _until_it_matches(lanner, agent, "app1", 10)
        until(lambda: lanner.condition("MetadataHealthy").get("reason") == "RuntimeUnavailable")
    fields = json.loads(agent.alerts.all()[0].text)["output_fields"]
    assert fields["k8s.pod.name"] == "app1"
    assert fields["k8s.pod.ip"]


def _may_ask_the_kubelet(lanner: Joined) -> bool:
    question = ("auth", "can-i", "get", "nodes", "--subresource=pods", "--as", lanner.user)
    try:
        return lanner.admin.kubectl(*question).strip() == "yes"
    except CommandError as error:
        if not error.words.strip().endswith("no"):
            raise
        return False


def _until_it_matches(lanner: Joined, agent: Agent, pod: str, patience_s: float, before: int = 0) -> None:
    deadline = time.monotonic() + patience_s
    while len(agent.alerts.all()) <= before:
        assert time.monotonic() < deadline, agent.notes.text()
        lanner.true_in(pod)
        time.sleep(0.3)


def _namespace_watches(lanner: Joined) -> int:
    asked = lanner.plane.audit.requests(lanner.user)
    return sum(one.resource == "namespaces" for one in asked)
