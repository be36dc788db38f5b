# SPDX-License-Identifier: Apache-2.0
"""No pod reaches the health pages of agents and operator; the webhook is reached by who must."""

from __future__ import annotations

import pytest

from tests.chart.rendering import Helm, container, one


@pytest.mark.parametrize(("component", "kind"), [("agent", "DaemonSet"), ("operator", "Deployment")])
def test_nothing_comes_in_from_other_pods(helm: Helm, component: str, kind: str) -> None:
    objects = helm.objects("--set", "admission.enabled=false")
    spec = one(objects, "NetworkPolicy", f"lanner-{component}")["spec"]
    assert (spec["policyTypes"], spec["ingress"]) == (["Ingress"], [])
    labels = one(objects, kind, f"lanner-{component}")["spec"]["template"]["metadata"]["labels"]
    chosen = spec["podSelector"]["matchLabels"]
    assert chosen
    assert chosen.items() <= labels.items()


def test_the_webhook_alone_is_open_and_can_be_shut_to_others(helm: Helm) -> None:
    spec = one(helm.objects(), "NetworkPolicy", "lanner-operator")["spec"]
    assert spec["ingress"] == [{"ports": [{"port": 8443, "protocol": "TCP"}]}]
    known = "admission.from[0].ipBlock.cidr=10.0.0.1/32"
    spec = one(helm.objects("--set", known), "NetworkPolicy", "lanner-operator")["spec"]
    assert spec["ingress"][0]["from"] == [{"ipBlock": {"cidr": "10.0.0.1/32"}}]
    assert one(helm.objects(), "NetworkPolicy", "lanner-agent")["spec"]["ingress"] == []
    both = one(helm.objects("--set", "metrics.enabled=true"), "NetworkPolicy", "lanner-operator")["spec"]
    assert [way["ports"][0]["port"] for way in both["ingress"]] == [9464, 8443]
    ports = container(one(helm.objects(), "Deployment", "lanner-operator"))["ports"]
    assert {"name": "admission", "containerPort": 8443} in ports


def test_the_operator_alone_reaches_the_alerts_of_agents(helm: Helm) -> None:
    objects = helm.objects("--set", "page.enabled=true")
    (way,) = one(objects, "NetworkPolicy", "lanner-agent")["spec"]["ingress"]
    assert way["ports"] == [{"port": 9443, "protocol": "TCP"}]
    chosen = way["from"][0]["podSelector"]["matchLabels"].items()
    operator, agent = (
        one(objects, kind, name)["spec"]["template"]["metadata"]["labels"].items()
        for kind, name in (("Deployment", "lanner-operator"), ("DaemonSet", "lanner-agent"))
    )
    assert chosen <= operator
    assert not chosen <= agent
    open_ = one(objects, "NetworkPolicy", "lanner-operator")["spec"]["ingress"]
    assert [port["port"] for one_way in open_ for port in one_way["ports"]] == [8443]


def test_it_can_be_left_to_others(helm: Helm) -> None:
    kinds = {found["kind"] for found in helm.objects("--set", "networkPolicy.enabled=false")}
    assert "NetworkPolicy" not in kinds
