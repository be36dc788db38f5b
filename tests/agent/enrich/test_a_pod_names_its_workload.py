# SPDX-License-Identifier: Apache-2.0
"""Metadata of a pod, as controllers of a real cluster write it -> the workload that it is of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from lanner_agent.enrich import owners, pods
from lanner_agent.publish.events import body
from lanner_agent.publish.events.rule_card import RuleCards
from lanner_agent.publish.events.sighting import from_alert
from lanner_engine.fields.model import Container, Owners
from tests.agent.enrich.test_the_kubelet_knows_pods import JSON, POD, RUNTIME, known
from tests.agent.publish import deliveries

DUE = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)
MINUTES = int(DUE.timestamp()) // 60


def pod(kind: str, name: Any, group: str = "apps/v1", **meta: Any) -> dict[str, Any]:
    reference = {"apiVersion": group, "kind": kind, "name": name, "uid": "u-9", "controller": True}
    made = {**POD["metadata"], "creationTimestamp": f"{DUE:%Y-%m-%dT%H:%M:%SZ}", **meta}
    return {**POD, "metadata": {**made, "ownerReferences": [reference]}}


def hashed(text: str) -> dict[str, Any]:
    return {"labels": {"pod-template-hash": text}}


@pytest.mark.parametrize(
    ("item", "workload"),
    [
        (pod("ReplicaSet", "web-7c9d6", **hashed("7c9d6")), "Deployment/web"),
        (pod("ReplicaSet", "a.b-c-7c9d6", **hashed("7c9d6")), "Deployment/a.b-c"),
        (pod("ReplicaSet", "web-7c9d6", **hashed("other")), "ReplicaSet/web-7c9d6"),
        (pod("ReplicaSet", "web-7c9d6"), "ReplicaSet/web-7c9d6"),
        (pod("ReplicaSet", "-7c9d6", **hashed("7c9d6")), "/"),
        (pod("ReplicaSet", "7c9d6", **hashed("7c9d6")), "ReplicaSet/7c9d6"),
        (pod("ReplicaSet", "web-7c9d6", "example.org/v1", **hashed("7c9d6")), "ReplicaSet/web-7c9d6"),
        (pod("StatefulSet", "db"), "StatefulSet/db"),
        (pod("DaemonSet", "log"), "DaemonSet/log"),
        (pod("ReplicationController", "old", "v1"), "ReplicationController/old"),
        (pod("Job", f"nightly-{MINUTES}", "batch/v1"), "CronJob/nightly"),
        (pod("Job", f"nightly-{MINUTES - 1440}", "batch/v1"), "CronJob/nightly"),
        (pod("Job", "import-20261127", "batch/v1"), "Job/import-20261127"),
        (pod("Job", "import", "batch/v1"), "Job/import"),
        (pod("Job", f"nightly-{MINUTES}", "batch/v1", creationTimestamp=None), f"Job/nightly-{MINUTES}"),
        (pod("Rollout", "web", "argoproj.io/v1alpha1"), "Rollout/web"),
        (pod("Deploy\x1bment", "web"), "/"),
        (pod("DaemonSet", "x" * 300), "/"),
        (pod("DaemonSet", ["log"]), "/"),
        (POD, "/"),
    ],
)
def test_a_workload_is_what_somebody_wrote_down(item: Any, workload: str) -> None:
    found = owners.owners(item)
    assert f"{(found.workload_kind or b'').decode()}/{(found.workload_name or b'').decode()}" == workload


def test_what_stands_between_is_known_too() -> None:
    found = owners.owners(pod("ReplicaSet", "web-7c9d6", **hashed("7c9d6")))
    assert found == Owners(b"Deployment", b"web", b"web", b"web-7c9d6", b"u-9")
    found = owners.owners(pod("ReplicationController", "old", "v1"))
    assert (found.rc_name, found.rc_uid) == (b"old", b"u-9")


def test_an_owner_that_does_not_manage_the_pod_is_none() -> None:
    item = pod("DaemonSet", "log")
    item["metadata"]["ownerReferences"][0]["controller"] = False
    assert owners.owners(item) == Owners()


@pytest.mark.parametrize(("source", "kind"), [("file", b"Node"), ("http", b"Node"), ("api", None)])
def test_a_static_pod_is_its_node_s(source: str, kind: bytes | None) -> None:
    meta = {**POD["metadata"], "annotations": {"kubernetes.io/config.source": source}}
    assert owners.owners({**POD, "metadata": meta, "spec": {"nodeName": "n1"}}).workload_kind == kind


@given(JSON)
def test_whatever_a_pod_says_of_its_owners_is_read_without_an_error(written: Any) -> None:
    meta = {**POD["metadata"], "ownerReferences": written, "labels": written, "creationTimestamp": written}
    assert pods.parse({"items": [{**POD, "metadata": meta}]}).by_uid
    spoiled = pod("Job", "a-12345678", "batch/v1", creationTimestamp=written, labels=written)
    assert owners.owners(spoiled).workload_kind in (b"Job", b"CronJob")


def test_a_container_gets_the_workload_with_its_pod() -> None:
    completed = known(pod("DaemonSet", "log")).complete(RUNTIME)
    assert completed.owners == Owners(b"DaemonSet", b"log")


def test_an_alert_says_it_as_json_and_an_event_by_labels() -> None:
    where = replace(deliveries.APP, owners=Owners(b"Deployment", b"web"))
    alert = deliveries.alert(container=where)
    values = alert.snapshot.values
    assert (values["k8s.workload.kind"], values["k8s.workload.name"]) == (b"Deployment", b"web")
    seen = from_alert(alert, RuleCards().card(alert.rule), where)
    assert seen.values["k8s.workload.name"] == b"web"
    assert labelled(where) == {"lanner.dev/workload": "web", "lanner.dev/workload-kind": "Deployment"}


def test_what_no_label_takes_is_cut_and_still_told_apart() -> None:
    long = [
        labelled(replace(deliveries.APP, owners=Owners(b"DaemonSet", b"x" * 200 + end)))
        for end in (b"a", b"b")
    ]
    assert all(len(one["lanner.dev/workload"]) <= 63 for one in long)
    assert long[0] != long[1]


def test_a_pod_without_an_owner_adds_nothing() -> None:
    assert "k8s.workload.name" not in deliveries.alert().snapshot.values
    assert labelled(deliveries.APP) == {}


def labelled(where: Container) -> dict[str, str]:
    """The labels of an Event about it that name the workload."""
    return body.workload_labels(where)
