# SPDX-License-Identifier: Apache-2.0
"""An API server that stops, comes back, and forgot what a watch had seen."""

from __future__ import annotations

import time

import pytest

from tests.operator.whole.scene import CLUSTER_RULES, Scene, eventually

pytestmark = pytest.mark.timeout(180)


def test_after_a_pause_everything_goes_on_by_itself(own_scene: Scene) -> None:
    scene = own_scene
    scene.rule("shells")
    scene.reason(f"{CLUSTER_RULES}/shells", "Accepted", "Valid")
    scene.plane.stop_api()
    scene.operator.says("the API server does not answer")
    assert scene.operator.page("/healthz")[0] == 200, "a restart would not mend it"
    status, text = scene.operator.page("/readyz")
    assert status == 503
    assert "the API server does not answer" in text
    time.sleep(5)
    scene.plane.start_api()
    scene.server.close()
    scene.rule("other")
    scene.reason(f"{CLUSTER_RULES}/other", "Accepted", "Valid", patience_s=60)
    scene.operator.says("the API server answers again")
    eventually(scene.operator.ready, patience_s=60)
    assert len(scene.operator.log().splitlines()) < 12, scene.operator.log()


def test_a_rule_that_was_deleted_unseen_does_not_stay_in_force(own_scene: Scene) -> None:
    """kopf does not tell of deletions that its next listing only shows by absence."""
    scene = own_scene
    scene.rule("kept")
    scene.rule("deleted")
    eventually(lambda: len(scene.bundle()) == 2)
    scene.operator.freeze()
    scene.plane.stop_api()  # the watch's connection is gone, and so is what it had not read
    scene.plane.start_api()
    scene.server.close()
    scene.server.delete(f"{CLUSTER_RULES}/deleted")
    scene.plane.stop_api()  # with it the memory of events before: the watch has to begin with a listing
    scene.plane.start_api()
    scene.server.close()
    scene.operator.thaw()
    eventually(lambda: list(scene.bundle()) == ["ClusterFalcoRule/kept"], patience_s=90)
