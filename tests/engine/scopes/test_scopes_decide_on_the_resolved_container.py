# SPDX-License-Identifier: Apache-2.0
"""Every part of a scope against the host, containers of pods, and containers whose pod nobody knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lanner_engine.fields.model import HOST, Container
from lanner_engine.program.scope import scope_of, selects_node
from tests.engine.scopes.pods import UNRESOLVED, cluster_rule, pod, tenant_rule

TEAM_A = {"matchLabels": {"team": "a"}}


def expression(operator: str, *values: str) -> dict[str, Any]:
    values_ = {"values": list(values)} if values else {}
    return {"matchExpressions": [{"key": "team", "operator": operator, **values_}]}


@pytest.mark.parametrize(
    ("spec", "host", "container"),
    [({}, False, True), ({"hostScope": "Exclude"}, False, True), ({"hostScope": "Include"}, True, True),
     ({"hostScope": "Only"}, True, False)],
    ids=str,
)  # fmt: skip
def test_the_host_is_what_is_in_no_container(spec: dict[str, Any], host: bool, container: bool) -> None:
    scope = scope_of(cluster_rule(**spec))
    assert scope.admits(HOST) is host
    assert scope.admits(UNRESOLVED) is scope.admits(pod()) is container


@pytest.mark.parametrize(
    ("containers", "admitted"),
    [
        ({"names": ["app", "web"]}, True),
        ({"names": ["ap"]}, False),
        ({"imageGlobs": ["docker.io/library/nginx:1.*"]}, True),
        ({"imageGlobs": ["docker.io/library/nginx"]}, True),
        ({"imageGlobs": ["*nginx:2*", "redis"]}, False),
        ({"names": ["app"], "imageGlobs": ["redis"]}, False),
    ],
    ids=str,
)
def test_containers_are_chosen_by_name_and_image(containers: dict[str, Any], admitted: bool) -> None:
    image: dict[str, Any] = {
        "image": b"docker.io/library/nginx:1.27",
        "image_repository": b"docker.io/library/nginx",
    }
    made = replace(pod("shop"), **image)
    for owner in (cluster_rule(containers=containers), tenant_rule("shop", containers=containers)):
        scope = scope_of(owner)
        assert scope.selects
        assert scope.admits(made) is admitted
        assert not scope.admits(UNRESOLVED)
    alone = replace(UNRESOLVED, name=b"app", **image)
    assert scope_of(cluster_rule(containers=containers)).admits(alone) is admitted, "it needs no pod"
    assert not scope_of(tenant_rule("bank", containers=containers)).admits(made)


def test_a_node_is_chosen_by_its_labels() -> None:
    gpu = {b"gpu": b"yes", b"zone": b"a"}
    for selector, chosen in (
        (None, True),
        ({}, True),
        ({"matchLabels": {"gpu": "yes"}}, True),
        ({"matchLabels": {"gpu": "no"}}, False),
        ({"matchExpressions": [{"key": "gpu", "operator": "DoesNotExist"}]}, False),
    ):
        assert selects_node(cluster_rule(nodeSelector=selector), gpu) is chosen


def test_a_tenant_sees_pods_of_its_namespace() -> None:
    scope = scope_of(tenant_rule("shop"))
    assert scope.admits(pod("shop"))
    assert not any(map(scope.admits, (pod("shop2"), pod("sho"), HOST, UNRESOLVED)))


@pytest.mark.parametrize(
    ("selector", "labels", "wanted"),
    [
        ({}, {}, True),
        (TEAM_A, {"team": "a", "app": "b"}, True),
        (TEAM_A, {"team": "b"}, False),
        (TEAM_A, {}, False),
        ({"matchLabels": {"team": "a", "app": "b"}}, {"team": "a"}, False),
        (expression("In", "a", "b"), {"team": "b"}, True),
        (expression("In", "a", "b"), {"team": "c"}, False),
        (expression("In", "a"), {}, False),
        (expression("NotIn", "a"), {"team": "b"}, True),
        (expression("NotIn", "a"), {"team": "a"}, False),
        (expression("NotIn", "a"), {}, True),
        (expression("Exists"), {"team": ""}, True),
        (expression("Exists"), {}, False),
        (expression("DoesNotExist"), {}, True),
        (expression("DoesNotExist"), {"team": "a"}, False),
        ({**TEAM_A, **expression("NotIn", "a")}, {"team": "a"}, False),
    ],
    ids=str,
)
def test_selectors_mean_what_kubernetes_means(
    selector: dict[str, Any], labels: dict[str, str], wanted: bool
) -> None:
    of_pods = scope_of(cluster_rule(podSelector=selector))
    assert of_pods.admits(pod(labels=labels)) is wanted
    of_namespaces = scope_of(cluster_rule(namespaceSelector=selector))
    assert of_namespaces.admits(pod(of_namespace=labels)) is wanted
    tenant = scope_of(tenant_rule(podSelector=selector))
    assert tenant.admits(pod(labels=labels)) is wanted


@pytest.mark.parametrize("selector", [{}, expression("NotIn", "a"), expression("DoesNotExist")], ids=str)
@pytest.mark.parametrize("unknown", [UNRESOLVED, HOST], ids=["unresolved", "host"])
def test_what_is_not_known_is_not_selected(selector: dict[str, Any], unknown: Container) -> None:
    assert not scope_of(cluster_rule(podSelector=selector)).admits(unknown)
    assert not scope_of(cluster_rule(namespaceSelector=selector)).admits(unknown)
    assert not scope_of(cluster_rule(namespaceSelector=selector)).admits(pod(of_namespace=None))


def test_a_selector_leaves_the_host_to_its_own_setting() -> None:
    scope = scope_of(cluster_rule(hostScope="Include", podSelector=TEAM_A))
    assert scope.admits(HOST)
    assert not scope.admits(pod())
