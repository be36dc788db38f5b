# SPDX-License-Identifier: Apache-2.0
"""`metrics`: pages on both workloads, for whom they are open, and what Prometheus and Grafana get."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from lanner_apiserver.metrics import place
from tests.chart.rendering import CHART, Helm, container, one

ALONE = ("--set", "admission.enabled=false")  # the other port that is open
ON = ("--set", "metrics.enabled=true", *ALONE)
HAS = ("--api-versions", "monitoring.coreos.com/v1")
WORKLOADS = [("agent", "DaemonSet"), ("operator", "Deployment")]


def environment(workload: dict[str, Any]) -> dict[str, str]:
    return {
        one["name"]: one.get("value", "") for one in container(workload)["env"] if "METRICS" in one["name"]
    }


@pytest.mark.parametrize(("component", "kind"), WORKLOADS)
def test_nothing_is_served_unless_it_is_wanted(helm: Helm, component: str, kind: str) -> None:
    workload = one(helm.objects(*ALONE), kind, f"lanner-{component}")
    assert environment(workload) == {}
    assert [port["name"] for port in container(workload)["ports"]] == ["health"]


@pytest.mark.parametrize(("component", "kind"), WORKLOADS)
def test_the_page_is_open_to_those_who_are_named(helm: Helm, component: str, kind: str) -> None:
    objects = helm.objects(*ON, "--set", "metrics.port=9999")
    workload = one(objects, kind, f"lanner-{component}")
    assert environment(workload) == {"LANNER_METRICS_PORT": "9999", "LANNER_METRICS_ADDRESS": place.EVERY}
    assert {"name": "metrics", "containerPort": 9999} in container(workload)["ports"]
    (way,) = one(objects, "NetworkPolicy", f"lanner-{component}")["spec"]["ingress"]
    assert way["ports"] == [{"port": 9999, "protocol": "TCP"}]
    assert way["from"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    ]
    closed = helm.objects(*ON, "--set-json", "metrics.from=[]")
    assert one(closed, "NetworkPolicy", f"lanner-{component}")["spec"]["ingress"] == []


@pytest.mark.parametrize(("component", "kind"), WORKLOADS)
def test_a_secret_makes_it_https(helm: Helm, component: str, kind: str) -> None:
    given = ("--set", "metrics.tlsSecret=pages,metrics.podMonitor.enabled=true", *HAS)
    objects = helm.objects(*ON, *given, "--set", "metrics.podMonitor.tlsConfig.insecureSkipVerify=true")
    workload = one(objects, kind, f"lanner-{component}")
    folder = environment(workload)["LANNER_METRICS_TLS"]
    (mount,) = [m for m in container(workload)["volumeMounts"] if m["mountPath"] == folder]
    (volume,) = [v for v in workload["spec"]["template"]["spec"]["volumes"] if v["name"] == mount["name"]]
    assert (volume["secret"]["secretName"], mount["readOnly"]) == ("pages", True)
    (endpoint,) = one(objects, "PodMonitor", "lanner-metrics")["spec"]["podMetricsEndpoints"]
    assert (endpoint["scheme"], endpoint["tlsConfig"]) == ("https", {"insecureSkipVerify": True})


def test_a_monitor_finds_both_workloads(helm: Helm) -> None:
    objects = helm.objects(*ON, *HAS, "--set", "metrics.podMonitor.enabled=true")
    monitor = one(objects, "PodMonitor", "lanner-metrics")["spec"]
    for component, kind in WORKLOADS:
        workload = one(objects, kind, f"lanner-{component}")
        labels = workload["spec"]["template"]["metadata"]["labels"]
        assert monitor["selector"]["matchLabels"].items() <= labels.items()
        names = [port["name"] for port in container(workload)["ports"]]
        assert monitor["podMetricsEndpoints"][0]["port"] in names


@pytest.mark.parametrize("value", ["podMonitor", "prometheusRule"])
def test_without_the_prometheus_operator_that_is_said(helm: Helm, value: str) -> None:
    said = helm.refusal(*ON, "--set", f"metrics.{value}.enabled=true")
    assert f"metrics.{value}.enabled needs the resource definitions of the Prometheus Operator" in said


def test_there_is_nothing_to_scrape_without_pages(helm: Helm) -> None:
    """Alerts would say that every agent is absent."""
    said = helm.refusal(*HAS, "--set", "metrics.podMonitor.enabled=true")
    assert "there is no page to scrape without metrics.enabled" in said
    said = helm.refusal(*HAS, "--set", "metrics.prometheusRule.enabled=true")
    assert "agents and an operator that show nothing, without metrics.enabled" in said


def test_a_page_that_only_its_pod_reaches_is_not_scraped_from_outside(helm: Helm) -> None:
    said = helm.refusal(*ON, *HAS, "--set", "metrics.podMonitor.enabled=true,metrics.address=127.0.0.1")
    assert "no Prometheus reaches metrics.address 127.0.0.1" in said


@pytest.mark.parametrize("component", ["agent", "operator"])
def test_a_page_does_not_take_the_port_of_health(helm: Helm, component: str) -> None:
    said = helm.refusal(*ON, "--set", f"{component}.healthPort=9464")
    assert f"metrics.port: 9464 is {component}.healthPort, too" in said
    assert helm.objects("--set", f"{component}.healthPort=9464")


def test_alerts_and_dashboard_are_the_files_that_were_tried(helm: Helm) -> None:
    objects = helm.objects(
        *ON, *HAS, "--set", "metrics.prometheusRule.enabled=true,metrics.dashboard.enabled=true"
    )
    written = yaml.safe_load((CHART / "monitoring/alerts.yaml").read_text())
    assert one(objects, "PrometheusRule", "lanner-metrics")["spec"] == written
    made = one(objects, "ConfigMap", "lanner-metrics-dashboard")
    assert json.loads(made["data"]["lanner.json"]) == json.loads(
        (CHART / "monitoring/dashboard.json").read_text()
    )
    assert made["metadata"]["labels"]["grafana_dashboard"] == "1"
