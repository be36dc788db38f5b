# SPDX-License-Identifier: Apache-2.0
"""How long it takes from the API server's answer to an apply until the index names the new bundle."""

from __future__ import annotations

import statistics
import time

import pytest

from tests.operator.whole.scene import CLUSTER_RULES, Scene, eventually

TIMES = 12
OTHERS = 100  # rule objects that are in force already
MEDIAN_S = 2.0


@pytest.mark.timeout(120)
def test_an_edit_among_a_hundred_objects_is_published_within_two_seconds(scene: Scene) -> None:
    for number in range(OTHERS):
        scene.rule(f"rule-{number:03}", f"evt.type = execve and proc.name = p{number}")
    scene.reason(f"{CLUSTER_RULES}/rule-{OTHERS - 1:03}", "Accepted", "Valid", patience_s=60)
    time.sleep(2.0)
    seconds = sorted(_published(scene, number) for number in range(TIMES))
    median = statistics.median(seconds)
    print(f"apply to index: median {median:.2f} s, longest {seconds[-1]:.2f} s of {TIMES}")
    assert median <= MEDIAN_S


def _published(scene: Scene, number: int) -> float:
    before = scene.index()["revision"]
    scene.rule("edited", f"evt.type = open and fd.name = /{number}")
    started = time.monotonic()
    eventually(lambda: scene.index()["revision"] > before)
    passed = time.monotonic() - started
    time.sleep(1.0)  # the status is written, and the debounce begins anew
    return passed
