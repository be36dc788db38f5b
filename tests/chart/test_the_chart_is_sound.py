# SPDX-License-Identifier: Apache-2.0
"""`helm lint`, and what holds for every object of the chart."""

from __future__ import annotations

import pathlib
from collections.abc import Container
from dataclasses import asdict
from typing import Any

import pytest
import yaml

from lanner_engine.objects.limits import DEFAULT
from lanner_operator.reconcile.places import DEFAULT_NUMBERS
from tests.chart.installation import Installation
from tests.chart.rendering import CHART, Helm, container, one
from tests.cluster.binaries import Binaries

EVERYTHING = (
    *(
        "--set",
        "flowSchema.enabled=true,securityProfile=compat,metrics.enabled=true,metrics.podMonitor.enabled=true",
    ),
    *("--set", "page.enabled=true,reports.enabled=true"),
    *("--set", "metrics.prometheusRule.enabled=true,metrics.dashboard.enabled=true"),
    *("--api-versions", "monitoring.coreos.com/v1"),
)
ROOMS = {f"LANNER_ROOM_{name.upper()}" for name in asdict(DEFAULT)}
NUMBERS = {"LANNER_OBJECTS_NAMESPACE", "LANNER_OBJECTS_NAMESPACES"}
CLUSTER_WIDE = (
    *("ClusterRole", "ClusterRoleBinding", "ClusterFalcoRule", "FlowSchema", "PriorityLevelConfiguration"),
    "ValidatingWebhookConfiguration",
)


def test_helm_has_nothing_to_say(helm: Helm) -> None:
    done = helm.run("lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout + done.stderr


def test_without_a_cluster_helm_renders_for_the_kubernetes_that_is_tested(
    helm: Helm, cluster_binaries: Binaries, tmp_path: pathlib.Path
) -> None:
    """As released, helm is built for the Kubernetes of its day; built without saying so, for 1.20."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: asked, version: 0.1.0}")
    (tmp_path / "templates/version.yaml").write_text("is: {{ .Capabilities.KubeVersion }}")
    said = yaml.safe_load(helm.run("template", str(tmp_path)).stdout)
    major, minor = cluster_binaries.version.split(".")[:2]
    assert said == {"is": f"v{major}.{minor}.0"}


def test_every_object_bears_the_release(helm: Helm) -> None:
    for found in helm.objects(*EVERYTHING):
        labels = found["metadata"]["labels"]
        assert labels["app.kubernetes.io/instance"] == "lanner", found["metadata"]["name"]
        if found["kind"] not in CLUSTER_WIDE and "Policy" not in found["kind"]:
            assert found["metadata"]["namespace"] == "lanner"


def test_another_name_reaches_every_object(helm: Helm) -> None:
    for found in helm.objects(*EVERYTHING, "--set", "fullnameOverride=watch"):
        name = found["metadata"]["name"]
        assert name.startswith("watch-") or found["kind"] == "ClusterFalcoRule", name


def test_the_agent_knows_where_it_runs(helm: Helm) -> None:
    objects = helm.objects("--set", "cri.socket=/run/crio/crio.sock")
    environment = {
        variable["name"]: variable.get("value") or variable["valueFrom"]["fieldRef"]["fieldPath"]
        for variable in container(one(objects, "DaemonSet", "lanner-agent"))["env"]
    }
    assert environment == {
        "LANNER_NAME": "lanner",
        "LANNER_NAMESPACE": "metadata.namespace",
        "LANNER_NODE_NAME": "spec.nodeName",
        "LANNER_NODE_IP": "status.hostIP",
        "LANNER_POD_NAME": "metadata.name",
        "LANNER_POD_UID": "metadata.uid",
        "LANNER_CRI_SOCKET": "/run/crio/crio.sock",
        "LANNER_STATE_DIR": "/var/lib/lanner",
        "LANNER_HEALTH_PORT": "8080",
    }


def test_with_a_page_agents_say_where_they_are_asked(helm: Helm) -> None:
    def added(kind: str, name: str) -> dict[str, object]:
        with_page, without = (
            {one_["name"]: one_ for one_ in container(one(found, kind, name))["env"]}
            for found in (helm.objects("--set", "page.enabled=true"), helm.objects())
        )
        return {key: with_page[key].get("value", "podIP") for key in with_page.keys() - without.keys()}

    agents = {"ENABLED": "true", "ADDRESS": "podIP", "PORT": "9443"}
    assert added("DaemonSet", "lanner-agent") == {f"LANNER_PAGE_{key}": said for key, said in agents.items()}
    assert added("Deployment", "lanner-operator") == {"LANNER_PAGE_PORT": "8767"}


def test_the_operator_knows_where_it_runs(helm: Helm) -> None:
    objects = helm.objects()
    operator = container(one(objects, "Deployment", "lanner-operator"))
    assert {variable["name"] for variable in operator["env"]} == {
        "LANNER_NAME",
        "LANNER_NAMESPACE",
        "LANNER_ADMISSION_PORT",
        "LANNER_HEALTH_PORT",
        "LANNER_IDENTITY",
        "LANNER_LOG_FORMAT",
        *ROOMS,
        *NUMBERS,
    }


def test_the_budgets_of_rules_reach_the_operator(helm: Helm) -> None:
    """Those of the chart are the operator's own, and what is set arrives."""
    asked = {f"LANNER_ROOM_{name.upper()}": str(size >> 20) for name, size in asdict(DEFAULT).items()}
    assert _rooms(helm.objects()) == asked
    given = ("--set", "rules.room.object=5,rules.room.cluster=7")
    assert _rooms(helm.objects(*given)) == {**asked, "LANNER_ROOM_OBJECT": "5", "LANNER_ROOM_CLUSTER": "7"}


def test_the_numbers_of_objects_reach_the_operator(helm: Helm) -> None:
    own = {"LANNER_OBJECTS_NAMESPACE": "200", "LANNER_OBJECTS_NAMESPACES": "5000"}
    assert (DEFAULT_NUMBERS.namespace, DEFAULT_NUMBERS.namespaces) == (200, 5_000)
    assert _variables(helm.objects(), NUMBERS) == own
    given = helm.objects("--set", "rules.objects.namespace=7")
    assert _variables(given, NUMBERS) == {**own, "LANNER_OBJECTS_NAMESPACE": "7"}


def test_the_agents_memory_holds_what_rules_may_take_twice(helm: Helm) -> None:
    agent = container(one(helm.objects(), "DaemonSet", "lanner-agent"))
    limit = agent["resources"]["limits"]["memory"]
    assert limit.endswith("Mi")
    assert 2 * (DEFAULT.cluster + DEFAULT.namespaces) + (200 << 20) <= int(limit[:-2]) << 20


def _rooms(objects: list[dict[str, Any]]) -> dict[str, str]:
    return _variables(objects, ROOMS)


def _variables(objects: list[dict[str, Any]], names: Container[str]) -> dict[str, str]:
    variables = container(one(objects, "Deployment", "lanner-operator"))["env"]
    return {one["name"]: one["value"] for one in variables if one["name"] in names}


@pytest.mark.parametrize("profile", ["default", "compat", "privileged"])
def test_the_api_server_takes_every_field(helm: Helm, installed: Installation, profile: str) -> None:
    """As a second release would be: nothing unknown, nothing that contradicts, in each security profile."""
    values = f"securityProfile={profile},flowSchema.enabled=true,fullnameOverride=second,"
    values += "metrics.enabled=true,metrics.tlsSecret=pages,metrics.dashboard.enabled=true,page.enabled=true,"
    values += "page.subjects[0].kind=User,page.subjects[0].name=ann,"
    values += "reports.enabled=true"
    text = helm.text("--set", values, "--set", "rules.default.enabled=false")
    said = installed.admin.kubectl(
        "create", "--dry-run=server", "--validate=strict", "-f", "-", stdin=text
    ).splitlines()
    assert len(said) == len(list(yaml.safe_load_all(text)))
    assert all(line.endswith("created (server dry run)") for line in said)
