# SPDX-License-Identifier: Apache-2.0
"""Reports of OpenReports by a real operator on a real API server, with the chart's rights: where the kinds
are installed, as people see them, and after people changed them.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lanner_operator.status import reported
from tests.chart.rendering import Helm
from tests.operator.whole.process import OperatorProcess, free_port
from tests.operator.whole.scene import NODES, Scene, eventually, stays
from tests.operator.whole.server import RefusedError

DEFINITIONS = Path(__file__).with_name("openreports.yaml")
ROOT = "/apis/openreports.io/v1alpha1"
ALL = f"{ROOT}/reports"
OF_CLUSTER = f"{ROOT}/clusterreports/lanner"
EVERY_S = 1
Json = dict[str, Any]


def path(namespace: str) -> str:
    return f"{ROOT}/namespaces/{namespace}/reports/lanner"


@dataclass
class Reporting:
    """An operator that writes Reports. OpenReports is not installed yet."""

    scene: Scene
    folder: Path
    operator: OperatorProcess

    def start(self, *, wait: bool = True) -> None:
        every = ("--reports-every", str(EVERY_S), "--metrics-port", str(free_port()))
        self.operator = OperatorProcess(self.folder, self.scene.identity, *every)
        self.operator.start(wait=wait)

    def install(self) -> None:
        self.scene.plane.access.kubectl("apply", "-f", str(DEFINITIONS))
        self.scene.plane.access.kubectl("wait", "--for=condition=Established", "--all", "crd")

    def namespace(self, name: str) -> None:
        with contextlib.suppress(RefusedError):
            self.scene.server.create("/api/v1/namespaces", {"metadata": {"name": name}})

    def end_namespace(self, name: str) -> None:
        """As the controller of namespaces does it, which does not run: its content first."""
        server = self.scene.server
        server.delete(f"/api/v1/namespaces/{name}")
        server.delete(path(name))
        found = server.get(f"/api/v1/namespaces/{name}")
        found["spec"]["finalizers"] = []
        server.put(f"/api/v1/namespaces/{name}/finalize", found)

    def node(self, name: str, *rows: Json) -> None:
        """What its agent says, which replaces what it said before."""
        server = self.scene.server
        if server.get(f"{NODES}/{name}") is None:
            made = {"apiVersion": "lanner.dev/v1alpha1", "kind": "FalcoNode", "metadata": {"name": name}}
            server.create(NODES, {**made, "spec": {"nodeName": name}})
        server.patch(f"{NODES}/{name}/status", {"status": {"reports": list(rows)}})

    def report(self, namespace: str) -> Json:
        """KeyError or so before it is there."""
        found = self.scene.server.get(path(namespace) if namespace else OF_CLUSTER)
        assert found is not None
        return dict(found)

    def counts(self, namespace: str) -> dict[str, str]:
        """By rule."""
        results = self.report(namespace)["results"]
        return {one.get("rule", ""): one["properties"]["count"] for one in results}

    def comes_to(self, namespace: str, counts: dict[str, str]) -> None:
        def found() -> bool:
            assert self.counts(namespace) == counts
            return True

        eventually(found)


@functools.cache
def first(rule: str, namespace: str) -> str:
    """When the first alert was of which an agent says anything here."""
    return reported.written_time(int(time.time()))


def row(rule: str, alerts: int, namespace: str = "shop", *pods: str, **more: Any) -> Json:
    """As an agent writes it."""
    now = reported.written_time(int(time.time()))
    made = {"namespace": namespace, "object": "ClusterFalcoRule/shells", "rule": rule, "alerts": alerts}
    made |= {
        "priority": "Warning",
        "tactic": "execution",
        "firstTime": first(rule, namespace),
        "lastTime": now,
    }
    subjects = [{"kind": "Pod", "name": name, "lastTime": now} for name in pods]
    return {**made, "subjects": subjects, **more}


@pytest.fixture(scope="module")
def bare(stage: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reporting]:
    objects = Helm(Path(stage.plane.binaries["helm"])).text(
        "-s", "templates/reports.yaml", "--set", "reports.enabled=true"
    )
    stage.plane.access.apply(objects)
    made = Reporting(stage, tmp_path_factory.mktemp("reports"), stage.operator)
    for name in ("shop", "bank"):
        made.namespace(name)
    made.node("a")
    made.start()
    try:
        yield made
    finally:
        made.operator.stop()
        stage.clean()
        stage.plane.access.kubectl("delete", "--ignore-not-found", "-f", str(DEFINITIONS))
        stage.plane.access.kubectl("delete", "-f", "-", stdin=objects)


@pytest.fixture(scope="module")
def reporting(bare: Reporting) -> Reporting:
    bare.install()
    return bare


def test_without_the_kinds_it_waits_and_begins_when_they_are_installed(bare: Reporting) -> None:
    bare.node("a", row("Shell", 3, "shop", "web"))
    bare.operator.says("OpenReports (openreports.io/v1alpha1) is not installed")
    assert bare.operator.ready()
    bare.install()
    bare.comes_to("shop", {"Shell": "3"})
    bare.operator.says("OpenReports (openreports.io/v1alpha1) is installed now")
    assert bare.operator.log().count("is not installed") == 1


def test_people_see_what_fired_with_kubectl(reporting: Reporting) -> None:
    reporting.node("a", row("Shell", 3, "shop", "web"), row("Read", 1, "bank", priority="Notice"))
    reporting.node("b", row("Shell", 2, "shop", "tool"), row("Mount", 4, ""))
    reporting.comes_to("shop", {"Shell": "5"})
    reporting.comes_to("bank", {"Read": "1"})
    reporting.comes_to("", {"Mount": "4"})
    listed = reporting.scene.plane.access.kubectl("get", "reports", "-A", "-o", "wide").splitlines()
    assert [line.split()[:9] for line in listed] == [
        ["NAMESPACE", "NAME", "KIND", "NAME", "PASS", "FAIL", "WARN", "ERROR", "SKIP"],
        ["bank", "lanner", "Namespace", "bank", "0", "0", "1", "0", "0"],
        ["shop", "lanner", "Namespace", "shop", "0", "1", "0", "0", "0"],
    ]
    (shell,) = reporting.report("shop")["results"]
    assert {one["name"] for one in shell["resources"]} == {"web", "tool"}
    (mount,) = reporting.report("")["results"]
    assert mount["resources"] == [{"kind": "Node", "name": "b", "apiVersion": "v1"}]


def test_the_chart_owns_what_is_written(reporting: Reporting) -> None:
    reporting.node("a", row("Shell", 3))
    role = reporting.scene.server.get("/apis/rbac.authorization.k8s.io/v1/clusterroles/lanner-reports")
    (owner,) = eventually(lambda: reporting.report("shop")["metadata"]["ownerReferences"])
    assert (owner["kind"], owner["uid"]) == ("ClusterRole", role["metadata"]["uid"])


def test_nothing_is_written_where_nothing_changed(reporting: Reporting) -> None:
    reporting.node("a", row("Shell", 50))
    eventually(lambda: int(reporting.counts("shop")["Shell"]) >= 50)
    version = reporting.report("shop")["metadata"]["resourceVersion"]
    assert stays(lambda: reporting.report("shop")["metadata"]["resourceVersion"] == version, 3.0 * EVERY_S)


def test_a_report_that_is_deleted_or_edited_is_put_right(reporting: Reporting) -> None:
    before = eventually(lambda: reporting.counts("shop"))
    reporting.scene.server.delete(path("shop"))
    reporting.comes_to("shop", before)
    change: Json = {
        "results": [],
        "summary": {"fail": 99},
        "metadata": {"labels": {"app.kubernetes.io/managed-by": None}},
    }
    reporting.scene.server.patch(path("shop"), change)
    reporting.comes_to("shop", before)
    assert reporting.report("shop")["summary"]["fail"] == 1
    assert reporting.report("shop")["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "lanner"


def test_an_operator_that_is_started_anew_goes_on(reporting: Reporting) -> None:
    reporting.namespace("lasting")
    reporting.node("a", row("Shell", 10, "lasting"))
    reporting.node("c", row("Shell", 5, "lasting"))
    reporting.comes_to("lasting", {"Shell": "15"})
    reporting.scene.server.delete(f"{NODES}/c")
    told = eventually(lambda: reporting.report("lasting")["results"][0]["properties"])
    eventually(
        lambda: reporting.report("lasting")["results"][0]["properties"] == {**told, "countOfNodes": "10"}
    )
    reporting.operator.stop()
    reporting.node("a", row("Shell", 12, "lasting"))
    reporting.start()
    reporting.comes_to("lasting", {"Shell": "17"})


def test_a_namespace_that_is_made_again_is_told_nothing_of_the_one_before(reporting: Reporting) -> None:
    reporting.namespace("again")
    theirs = row("Shell", 7, "again", "their-secret")
    reporting.node("a", theirs)
    reporting.comes_to("again", {"Shell": "7"})
    reporting.end_namespace("again")
    time.sleep(1.1)  # times of creation are whole seconds
    reporting.namespace("again")
    assert stays(lambda: reporting.scene.server.get(path("again")) is None, 2.5 * EVERY_S)
    later = row("Shell", 9, "again", "ours")
    later["subjects"] += theirs["subjects"]
    reporting.node("a", later)
    reporting.comes_to("again", {"Shell": "2"})
    assert "their-secret" not in str(reporting.report("again"))


def test_somebody_elses_report_of_that_name_stays(reporting: Reporting) -> None:
    reporting.namespace("foreign")
    other = {"apiVersion": "openreports.io/v1alpha1", "kind": "Report", "metadata": {"name": "lanner"}}
    reporting.scene.server.create(f"{ROOT}/namespaces/foreign/reports", {**other, "source": "other"})
    reporting.node("a", row("Shell", 7, "foreign"), row("Shell", 70))
    reporting.operator.says("Report foreign/lanner is not of Lanner and stays as it is")
    assert reporting.report("foreign")["source"] == "other"
    eventually(lambda: int(reporting.counts("shop")["Shell"]) >= 70)


def test_a_namespace_that_is_not_there_holds_up_no_other(reporting: Reporting) -> None:
    reporting.namespace("there")
    reporting.node("a", row("Shell", 7, "nowhere"), row("Shell", 7, "there"))
    reporting.comes_to("there", {"Shell": "7"})


def test_without_the_right_it_is_said_and_rules_go_on(reporting: Reporting) -> None:
    access = reporting.scene.plane.access
    binding = access.kubectl("get", "clusterrolebinding", "lanner-reports", "-o", "yaml")
    access.kubectl("delete", "clusterrolebinding", "lanner-reports")
    try:
        reporting.operator.says("Reports cannot be written, which is tried again")
        reporting.scene.rule("still")
        reporting.scene.reason("/apis/lanner.dev/v1alpha1/clusterfalcorules/still", "Accepted", "Valid")
    finally:
        access.apply(binding)
