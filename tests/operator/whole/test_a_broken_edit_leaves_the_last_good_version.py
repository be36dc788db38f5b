# SPDX-License-Identifier: Apache-2.0
"""A typing error in one object: its last good version stays in force, everybody else's rules go on
changing.
"""

from __future__ import annotations

from tests.operator.whole.scene import CLUSTER_RULES, Scene, eventually

BROKEN = "evt.type = execve and proc.nam = sh"
SHELLS = f"{CLUSTER_RULES}/shells"


def broken(scene: Scene) -> None:
    """One object that was good and is not any more."""
    scene.rule("shells")
    eventually(lambda: "ClusterFalcoRule/shells" in scene.bundle())
    scene.rule("shells", BROKEN)


def test_the_status_says_where_and_why_and_the_bundle_keeps_the_old_one(scene: Scene) -> None:
    broken(scene)
    said = eventually(lambda: refused(scene))
    assert "proc.nam" in said["message"]
    assert "^" in said["message"], "the place is marked"
    assert "generation 1, which had no errors, stays in force" in said["message"]
    assert scene.bundle()["ClusterFalcoRule/shells"]["generation"] == 1


def test_programmed_speaks_of_the_version_that_is_in_force(scene: Scene) -> None:
    broken(scene)
    eventually(lambda: refused(scene))
    scene.acknowledge("n1")
    said = scene.reason(SHELLS, "Programmed", "UsingPrevious")
    assert said["status"] == "True"
    assert said["observedGeneration"] == 1, "kubectl wait for generation 2 must go on waiting"


def test_others_are_not_held_up(scene: Scene) -> None:
    broken(scene)
    scene.rule("other")
    eventually(lambda: "ClusterFalcoRule/other" in scene.bundle())
    scene.reason(f"{CLUSTER_RULES}/other", "Accepted", "Valid")
    assert scene.bundle()["ClusterFalcoRule/shells"]["generation"] == 1


def test_an_operator_that_starts_anew_knows_the_last_good_version(scene: Scene) -> None:
    broken(scene)
    eventually(lambda: refused(scene))
    before = scene.index()
    scene.operator.restart()
    scene.rule("other")
    eventually(lambda: "ClusterFalcoRule/other" in scene.bundle())
    assert scene.bundle()["ClusterFalcoRule/shells"]["generation"] == 1
    assert scene.index()["revision"] == before["revision"] + 1


def test_an_edit_that_breaks_while_no_operator_runs_is_no_different(scene: Scene) -> None:
    scene.rule("shells")
    eventually(lambda: "ClusterFalcoRule/shells" in scene.bundle())
    scene.operator.stop()
    scene.rule("shells", BROKEN)
    scene.operator.start()
    eventually(lambda: refused(scene))
    assert scene.bundle()["ClusterFalcoRule/shells"]["generation"] == 1


def test_an_object_that_never_was_good_is_in_no_bundle(scene: Scene) -> None:
    scene.rule("shells", BROKEN)
    eventually(lambda: refused(scene))
    scene.reason(SHELLS, "Programmed", "NotAccepted")
    assert "ClusterFalcoRule/shells" not in scene.bundle()


def test_a_successor_of_the_same_name_does_not_inherit_the_old_rules(scene: Scene) -> None:
    scene.rule("shells")
    eventually(lambda: "ClusterFalcoRule/shells" in scene.bundle())
    scene.server.delete(SHELLS)
    scene.rule("shells", BROKEN)
    scene.reason(SHELLS, "Programmed", "NotAccepted")
    eventually(lambda: "ClusterFalcoRule/shells" not in scene.bundle())


def test_mending_it_is_enough(scene: Scene) -> None:
    broken(scene)
    eventually(lambda: refused(scene))
    scene.rule("shells", "evt.type = open")
    scene.reason(SHELLS, "Accepted", "Valid")
    assert scene.bundle()["ClusterFalcoRule/shells"]["generation"] == 3


def refused(scene: Scene) -> dict[str, str]:
    said = scene.condition(SHELLS, "Accepted")
    assert said["status"] == "False", said
    return said
