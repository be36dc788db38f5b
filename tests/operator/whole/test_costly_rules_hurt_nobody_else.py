# SPDX-License-Identifier: Apache-2.0
"""Ten namespaces with objects that cost much: the cluster's rule is in the bundle at once, the statuses say
with figures what is too much, and the operator stays small.
"""

from __future__ import annotations

import contextlib
import pathlib
from typing import Any

import pytest

from tests.engine.cost.shapes import excepted, several_checks
from tests.operator.whole.scene import CLUSTER_RULES, GROUP, Scene, eventually
from tests.operator.whole.server import RefusedError

NAMESPACES = [f"costly-{number}" for number in range(10)]
ROOM_MIB = 150  # of the operator; with the process that judges it stays below the chart's limit
WHOLE_MIB = 350

pytestmark = pytest.mark.timeout(300)


def rules_of(namespace: str) -> str:
    return f"{GROUP}/namespaces/{namespace}/falcorules"


def tenant(scene: Scene, namespace: str, name: str, spec: dict[str, Any]) -> None:
    with contextlib.suppress(RefusedError):
        scene.server.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    scene.applied(rules_of(namespace), "FalcoRule", name, spec)


def accepted(scene: Scene, namespace: str, name: str) -> dict[str, Any]:
    return eventually(lambda: scene.condition(f"{rules_of(namespace)}/{name}", "Accepted"), 120.0)


def test_the_attack_is_judged_and_nobody_waits_for_it(scene: Scene) -> None:
    for number, namespace in enumerate(NAMESPACES):
        tenant(scene, namespace, "attack", excepted(seed=str(number)))
        tenant(scene, namespace, "words", {"rules": several_checks(20_000)})
    scene.rule("platform")
    scene.reason(f"{CLUSTER_RULES}/platform", "Accepted", "Valid", 30.0)
    for namespace in NAMESPACES:
        assert accepted(scene, namespace, "attack")["reason"] == "Valid"
        refused = accepted(scene, namespace, "words")
        assert (refused["status"], refused["reason"]) == ("False", "TooLarge")
        assert "judging this object takes more than 500,000 steps, about 0.5 s" in refused["message"]
    eventually(lambda: len(scene.bundle()) == 11, 60.0)
    own, whole = _memory(scene.operator.daemon.pid)
    print(f"operator {own:.0f} MiB, with the process that judges {whole:.0f} MiB at most")
    assert own <= ROOM_MIB
    assert whole <= WHOLE_MIB


def test_what_all_namespaces_cost_together_is_bounded(scene: Scene) -> None:
    for number, namespace in enumerate(NAMESPACES[:9]):
        tenant(scene, namespace, "code", excepted("startswith", 3, seed=str(number)))
    scene.rule("platform")
    said = [accepted(scene, namespace, "code") for namespace in NAMESPACES[:9]]
    eventually(lambda: len([1 for key in scene.bundle() if key.startswith("FalcoRule")]) < 9, 60.0)
    said = eventually(lambda: _some_refused(scene), 120.0)
    refused = [one for one in said if one["reason"] == "TooLarge"]
    assert 0 < len(refused) < 9
    for one in refused:
        assert "MiB of every agent's memory" in one["message"]
        assert "beside those of other namespaces" in one["message"]
    assert "ClusterFalcoRule/platform" in scene.bundle()


def _some_refused(scene: Scene) -> list[dict[str, Any]]:
    said = [scene.condition(f"{rules_of(one)}/code", "Accepted") for one in NAMESPACES[:9]]
    return said if any(one["reason"] == "TooLarge" for one in said) else []


def _memory(pid: int) -> tuple[float, float]:
    """MiB at most: of the operator, and with its children as they are now."""
    own = _highest(pid)
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own, own + sum(_highest(int(one)) for one in children)


def _highest(pid: int) -> float:
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
