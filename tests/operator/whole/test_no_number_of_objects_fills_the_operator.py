# SPDX-License-Identifier: Apache-2.0
"""A namespace with more FalcoRules than have a place: the others are told so, the youngest first and slowly,
while rules of the platform come into force as ever; the operator holds their names.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.operator.whole.scene import CLUSTER_RULES, GROUP, Scene, eventually, playing

RULES = f"{GROUP}/namespaces/crowd/falcorules"
PLACES, OBJECTS = 10, 150
IN_FORCE_S = 10.0
GROWTH_KIB = 3.0  # an object; 1.0 were seen beside the worker's start, 2.9 of one that is held

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def scene(stage: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("LANNER_OBJECTS_NAMESPACE", str(PLACES))
    with playing(stage, tmp_path) as one:
        yield one


def test_a_crowd_is_told_and_nobody_waits_for_it(scene: Scene, cluster_say: Callable[[str], None]) -> None:
    scene.tenant_rule("crowd", "r000")
    scene.reason(f"{RULES}/r000", "Accepted", "Valid")
    before = scene.operator.memory_mib()
    for number in range(1, OBJECTS):
        scene.tenant_rule("crowd", f"r{number:03d}")
    began = time.monotonic()
    scene.rule("platform")
    scene.reason(f"{CLUSTER_RULES}/platform", "Accepted", "Valid")
    eventually(lambda: "ClusterFalcoRule/platform" in scene.bundle())
    in_force = time.monotonic() - began
    told = scene.reason(f"{RULES}/r{OBJECTS - 1}", "Accepted", "TooManyObjects", 30.0)
    assert f"{PLACES} of a namespace" in told["message"]
    assert told["message"].startswith("namespace crowd has ")
    grown = (scene.operator.memory_mib() - before) * 1024 / OBJECTS
    cluster_say(f"the platform's rule beside {OBJECTS} objects after {in_force:.1f} s, {grown:.1f} KiB each")
    assert in_force < IN_FORCE_S
    scene.operator.says(f"namespace crowd has more rule objects than have a place: {PLACES} of a namespace")
    wanted = {f"FalcoRule/crowd/r{number:03d}" for number in range(PLACES)}
    eventually(lambda: scene.bundle().keys() == {*wanted, "ClusterFalcoRule/platform"})
    scene.server.delete(f"{RULES}/r000")
    eventually(lambda: f"FalcoRule/crowd/r{PLACES:03d}" in scene.bundle(), 30.0)
    scene.reason(f"{RULES}/r{PLACES:03d}", "Accepted", "Valid", 30.0)
