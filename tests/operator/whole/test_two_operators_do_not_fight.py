# SPDX-License-Identifier: Apache-2.0
"""Two operators at once, as while a node that is cut off still runs the old one: both come to the same bundle
and the same statuses, and then neither writes any more.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.operator.whole.process import OperatorProcess
from tests.operator.whole.scene import CLUSTER_RULES, INDEX, Scene, eventually, stays

QUIET_S = 5.0
MORE = [f"more-{number}" for number in range(3)]


def test_what_both_write_is_the_same(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    second = OperatorProcess(folder, scene.identity)
    second.start()
    try:
        for number in range(3):
            scene.rule("shared", f"evt.type = execve and proc.name = p{number}")
            scene.rule(f"more-{number}")
            eventually(lambda number=number: condition(scene, "shared").endswith(f"p{number}"))  # type: ignore[misc]
            scene.reason(f"{CLUSTER_RULES}/more-{number}", "Accepted", "Valid")
        assert scene.bundle().keys() == {f"ClusterFalcoRule/{name}" for name in ("shared", *MORE)}
        eventually(lambda: stays(same(scene), QUIET_S), 60.0)
        assert "internal error" not in scene.operator.log() + second.log()
    finally:
        second.stop()


def condition(scene: Scene, name: str) -> str:
    (rule,) = scene.bundle()[f"ClusterFalcoRule/{name}"]["spec"]["rules"]
    return str(rule["condition"])


def same(scene: Scene) -> Callable[[], bool]:
    """Asked again and again: whether index and rules are still of the versions that they have now."""

    def versions() -> list[str]:
        found = [scene.server.get(INDEX), *scene.server.items(CLUSTER_RULES)]
        return [one["metadata"]["resourceVersion"] for one in found]

    before = versions()
    return lambda: versions() == before
