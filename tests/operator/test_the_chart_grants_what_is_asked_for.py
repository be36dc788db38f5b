# SPDX-License-Identifier: Apache-2.0
"""The operator's list of permissions and the roles of the chart are the same, so that its messages are
true.
"""

from __future__ import annotations

from pathlib import Path

from lanner_operator.apiserver import permissions
from lanner_operator.installation import Installation
from tests.chart.rendering import Helm, Object, one
from tests.cluster.binaries import Binaries

Grants = set[tuple[str, str, str, str]]
# Without it the bundle has no owner, and all else works: it is not waited for.
OPTIONAL = ("apps", "deployments", "get", "lanner-operator")


def granted(role: Object) -> Grants:
    return {
        (group, resource, verb, name)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        for name in rule.get("resourceNames", [""])
    }


def asked(*, own: bool, admission: bool = False, taints: bool = False) -> Grants:
    here = Installation("lanner", "lanner")
    needed = permissions.for_admission(here) if admission else permissions.needed(here, taints=taints)
    return {
        (permission.group, permission.resource, verb, permission.name)
        for permission in needed
        if permission.own is own
        for verb in permission.verbs
    }


def test_in_the_install_namespace(cluster_binaries: Binaries) -> None:
    role = one(_rendered(cluster_binaries), "Role", "lanner-operator")
    assert granted(role) - {OPTIONAL} == asked(own=True)


def test_in_the_whole_cluster(cluster_binaries: Binaries) -> None:
    role = one(_rendered(cluster_binaries), "ClusterRole", "lanner-operator")
    assert granted(role) == asked(own=False)


def test_with_the_startup_taint_on_nodes_too(cluster_binaries: Binaries) -> None:
    role = one(
        _rendered(cluster_binaries, "--set", "startupTaint.enabled=true"), "ClusterRole", "lanner-operator"
    )
    assert granted(role) == asked(own=False, taints=True) != asked(own=False)


def test_for_the_webhook(cluster_binaries: Binaries) -> None:
    rendered = _rendered(cluster_binaries)
    assert granted(one(rendered, "Role", "lanner-admission")) == asked(own=True, admission=True)
    assert granted(one(rendered, "ClusterRole", "lanner-admission")) == asked(own=False, admission=True)


def test_for_telling_who_enters_pods(cluster_binaries: Binaries) -> None:
    rendered = _rendered(cluster_binaries, "--set", "exec.enabled=true")
    (asked_for,) = permissions.for_exec()
    wanted = {(asked_for.group, asked_for.resource, verb, "") for verb in asked_for.verbs}
    assert granted(one(rendered, "ClusterRole", "lanner-exec")) == wanted


def test_for_letting_people_in_to_the_page(cluster_binaries: Binaries) -> None:
    role = one(_rendered(cluster_binaries, "--set", "page.enabled=true"), "ClusterRole", "lanner-operator")
    (asked_for,) = permissions.for_page()
    wanted = {(asked_for.group, asked_for.resource, verb, "") for verb in asked_for.verbs}
    assert granted(role) == asked(own=False) | wanted


def test_for_writing_reports(cluster_binaries: Binaries) -> None:
    role = one(_rendered(cluster_binaries, "--set", "reports.enabled=true"), "ClusterRole", "lanner-reports")
    wanted = {
        (asked_for.group, asked_for.resource, verb, asked_for.name)
        for asked_for in permissions.for_reports(Installation("lanner", "lanner"))
        for verb in asked_for.verbs
    }
    assert granted(role) == wanted


def test_nothing_of_that_is_granted_unasked(cluster_binaries: Binaries) -> None:
    names = {found["metadata"]["name"] for found in _rendered(cluster_binaries)}
    assert not names & {"lanner-exec", "lanner-reports"}


def _rendered(binaries: Binaries, *more: str) -> list[Object]:
    return Helm(Path(binaries["helm"])).objects(*more)
