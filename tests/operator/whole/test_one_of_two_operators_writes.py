# SPDX-License-Identifier: Apache-2.0
"""Two real operators of one installation: one writes, the other one goes on when it ends, and both
never do. By the API server's own audit log, in which they are two accounts with the same rights.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import kubeconfig
from tests.cluster.audit import Request
from tests.operator.whole.process import OperatorProcess
from tests.operator.whole.scene import CLUSTER_RULES, INDEX, LEASES, USER, Scene, eventually

pytestmark = pytest.mark.timeout(180)

TAKEN_OVER_S = 20.0
LEASE = f"{LEASES}/lanner-operator"
SECOND = "lanner-operator-second"
OTHER = f"system:serviceaccount:lanner:{SECOND}"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
QUESTIONS = ("selfsubjectaccessreviews", "leases")


class Pair:
    """`first` leads when a test begins, `second` stands by."""

    def __init__(self, scene: Scene, second: OperatorProcess) -> None:
        self.scene = scene
        self.first, self.second = scene.operator, second

    def holder(self) -> str:
        return str((self.scene.server.get(LEASE) or {"spec": {}})["spec"].get("holderIdentity"))

    def writes(self, user: str, since: datetime) -> list[Request]:
        """Of rules, statuses and bundles."""
        asked = self.scene.plane.audit.requests(user=user, since=since)
        return [one for one in asked if one.writes and one.resource.split(".")[0] not in QUESTIONS]

    def in_force(self, name: str) -> None:
        """A rule is applied, and told that it is in the bundle."""
        self.scene.rule(name)
        self.scene.reason(f"{CLUSTER_RULES}/{name}", "Accepted", "Valid")
        assert f"ClusterFalcoRule/{name}" in self.scene.bundle()


@pytest.fixture
def pair(scene: Scene, tmp_path: Path) -> Iterator[Pair]:
    scene.operator.says("leads: it holds the Lease")
    folder = tmp_path / "second"
    folder.mkdir()
    second = OperatorProcess(folder, same_rights(scene, folder), "--identity", "second")
    second.start()
    try:
        second.says("stands by")
        yield Pair(scene, second)
    finally:
        second.stop()


def same_rights(scene: Scene, folder: Path) -> Path:
    """The kubeconfig of another account to which the chart's roles of the operator are bound."""
    here = {"name": SECOND, "namespace": "lanner"}
    made: list[dict[str, Any]] = [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": here}]
    for kind, meta in (("Role", here), ("ClusterRole", {"name": SECOND})):
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": "lanner-operator"}
        subjects = [{"kind": "ServiceAccount", **here}]
        binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": f"{kind}Binding", "metadata": meta}
        made.append({**binding, "roleRef": role, "subjects": subjects})
    scene.plane.access.apply({"apiVersion": "v1", "kind": "List", "items": made})
    token = scene.plane.access.kubectl("create", "token", SECOND, "-n", "lanner").strip()
    file = folder / "second.conf"
    kubeconfig.by_token(file, scene.plane.url, scene.plane.folder / "pki", token)
    return file


def test_one_writes_and_the_other_knows_what_is_in_force(pair: Pair) -> None:
    since = datetime.now(UTC)
    for number in range(3):
        pair.in_force(f"rule-{number}")
    assert pair.second.ready(), "its webhook answers"
    assert pair.writes(USER, since)
    assert pair.writes(OTHER, since) == []
    began = time.monotonic()
    pair.first.stop()
    eventually(lambda: pair.holder() == "second", TAKEN_OVER_S)
    print(f"told to stop to the other one leading: {time.monotonic() - began:.1f} s")
    assert time.monotonic() - began < 5, "the Lease was given up, not waited for"
    assert pair.writes(OTHER, since) == [], "all was as it should be"
    pair.in_force("after")


def test_after_a_leader_is_killed_the_other_goes_on(pair: Pair) -> None:
    pair.in_force("before")
    os.kill(pair.first.daemon.pid, signal.SIGKILL)
    began, since = time.monotonic(), datetime.now(UTC)
    pair.scene.rule("after")
    eventually(lambda: "ClusterFalcoRule/after" in pair.scene.bundle(), TAKEN_OVER_S)
    print(f"killed to the next bundle by the other one: {time.monotonic() - began:.1f} s")
    assert time.monotonic() - began <= TAKEN_OVER_S
    bundles = [one for one in pair.writes(OTHER, since) if one.name == INDEX.rsplit("/", 1)[1]]
    assert len(bundles) == 1


def test_a_leader_that_slept_past_its_lease_writes_nothing_when_it_wakes(pair: Pair) -> None:
    """It has changes to write as soon as it wakes: its watches' connections hold them."""
    pair.in_force("before")
    pair.first.freeze()
    try:
        for number in range(10):
            pair.scene.rule(f"meanwhile-{number}")
        eventually(lambda: pair.holder() == "second", TAKEN_OVER_S)
        pair.scene.reason(f"{CLUSTER_RULES}/meanwhile-9", "Accepted", "Valid")
        pair.scene.rule("meanwhile-0", "evt.type = open")  # both would tell its status
    finally:
        woke = datetime.now(UTC)
        pair.first.thaw()
    pair.first.says("leads no more and writes nothing: no renewal was taken within 12 s")
    pair.in_force("last")
    eventually(pair.first.ready)
    assert pair.writes(USER, woke) == []
    assert pair.writes(OTHER, woke)
    assert pair.holder() == "second"
