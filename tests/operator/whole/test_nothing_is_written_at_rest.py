# SPDX-License-Identifier: Apache-2.0
"""What the operator asks for when nothing happens, by the API server's own audit log; and what it costs."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from lanner_operator.election.election import RENEW_S
from tests.operator.whole.scene import CLUSTER_RULES, USER, Scene, eventually

RENEWAL = ("update", "leases", "lanner-operator")
OBJECTS = 200
MEMORY_MIB = 120


def test_at_rest_there_are_open_watches_and_nothing_else(scene: Scene) -> None:
    scene.rule("shells")
    scene.reason(f"{CLUSTER_RULES}/shells", "Accepted", "Valid")
    scene.acknowledge("n1")
    scene.reason(f"{CLUSTER_RULES}/shells", "Programmed", "Programmed")
    time.sleep(1.5)
    since = datetime.now(UTC)
    time.sleep(35)  # more than one look at who is alive
    asked = scene.plane.audit.requests(user=USER, since=since)
    renewals = [one for one in asked if (one.verb, one.resource, one.name) == RENEWAL]
    assert [(one.verb, one.resource) for one in asked if one not in renewals] == []
    assert len(renewals) <= 35 / RENEW_S + 1, "one Lease, which says who writes"


@pytest.mark.timeout(180)
def test_two_hundred_objects_are_two_hundred_statuses_and_a_bundle(scene: Scene) -> None:
    since = datetime.now(UTC)
    for number in range(OBJECTS):
        scene.rule(f"rule-{number:03}", f"evt.type = execve and proc.name = p{number}")
    last = f"{CLUSTER_RULES}/rule-{OBJECTS - 1:03}"
    scene.reason(last, "Accepted", "Valid", patience_s=60)
    eventually(lambda: len(scene.bundle()) == OBJECTS, patience_s=60)
    scene.acknowledge("n1")
    scene.reason(last, "Programmed", "Programmed", patience_s=60)
    time.sleep(2)
    asked = scene.plane.audit.requests(user=USER, since=since)
    patches = [one for one in asked if one.resource == "clusterfalcorules/status"]
    assert len(patches) <= 2 * OBJECTS + 50, "accepted, then programmed"
    assert all(one.code == 200 for one in patches)
    memory = scene.operator.memory_mib()
    print(f"{OBJECTS} objects: {len(patches)} status patches, {memory:.0f} MiB")
    assert memory <= MEMORY_MIB


def test_a_restart_writes_nothing(scene: Scene) -> None:
    scene.rule("shells")
    scene.reason(f"{CLUSTER_RULES}/shells", "Accepted", "Valid")
    scene.acknowledge("n1")
    scene.reason(f"{CLUSTER_RULES}/shells", "Programmed", "Programmed")
    since = datetime.now(UTC)
    scene.operator.restart()
    time.sleep(2)
    asked = scene.plane.audit.requests(user=USER, since=since)
    questions = {"selfsubjectaccessreviews.authorization.k8s.io", "selfsubjectaccessreviews"}
    written = [one for one in asked if one.writes and one.resource not in questions]
    assert [one for one in written if (one.verb, one.resource, one.name) != RENEWAL] == []
