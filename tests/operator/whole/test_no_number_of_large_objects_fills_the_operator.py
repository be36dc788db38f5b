# SPDX-License-Identifier: Apache-2.0
"""A namespace with far more rules than are judged: the operator stays as small as it was, the status of each
says how much may be held, and one for which there is room later is read then.
"""

from __future__ import annotations

import contextlib
import random

import pytest

from tests.operator.whole.scene import GROUP, Scene, eventually
from tests.operator.whole.server import RefusedError

RULES = f"{GROUP}/namespaces/full/falcorules"
PLACES, OBJECTS = 200, 300
FITTING = 4
GROWTH_MIB = 28.0  # 22 were seen: what passes through leaves holes; the specs would be 30 more, compressed

pytestmark = pytest.mark.timeout(180)


def large(scene: Scene, number: int) -> None:
    """About 120 KB that cannot be compressed well, and one rule."""
    drawn = random.Random(number).randbytes(57 << 10).hex()  # noqa: S311  nothing secret
    lines = [f"# {drawn[at : at + 98]}" for at in range(0, len(drawn), 98)]
    made = f"- rule: R{number}\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: NOTICE"
    spec = {"loadOrder": number, "content": "\n".join((*lines, made))}
    body = {"apiVersion": "lanner.dev/v1alpha1", "kind": "FalcoRule", "metadata": {"name": f"o{number}"}}
    scene.server.create(RULES, {**body, "spec": spec})


def test_a_namespace_that_is_too_full_for_its_operator(scene: Scene) -> None:
    with contextlib.suppress(RefusedError):
        scene.server.create("/api/v1/namespaces", {"metadata": {"name": "full"}})
    before = scene.operator.memory_mib()
    for number in range(OBJECTS):
        large(scene, number)
    scene.reason(f"{RULES}/o{OBJECTS - 1}", "Accepted", "TooManyObjects", 60.0)
    refused = scene.reason(f"{RULES}/o{PLACES - 2}", "Accepted", "TooLarge", 60.0)
    assert "all of them together may hold 512 KiB in 200 objects" in refused["message"]
    scene.reason(f"{RULES}/o{FITTING - 1}", "Accepted", "Valid", 30.0)
    scene.reason(f"{RULES}/o{FITTING}", "Accepted", "TooLarge", 30.0)
    after = scene.operator.memory_mib()
    print(f"{OBJECTS} objects of 120 KB: {before:.0f} MiB before, {after:.0f} MiB after")
    assert after - before <= GROWTH_MIB
    scene.server.delete(f"{RULES}/o0")
    scene.reason(f"{RULES}/o{FITTING}", "Accepted", "Valid", 30.0)
    eventually(lambda: f"FalcoRule/full/o{FITTING}" in scene.bundle(), 30.0)
