# SPDX-License-Identifier: Apache-2.0
"""How long it takes: from a deed to its alert and to its Event, from an edit to the rule in force.

For a machine with nothing else to do; tests of the same things assert that it happens.
"""

from __future__ import annotations

import pathlib
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from tests.agent.cluster import installation
from tests.agent.cluster.installation import Installation, cluster_rule, rule, until
from tests.bench import figures
from tests.cluster.control_plane import ControlPlane
from tests.containers import runtime
from tests.operator.whole import scene as scenes
from tests.operator.whole.scene import CLUSTER_RULES, Scene, eventually
from tests.story import agent as agents

TIMES = 12
OTHERS = 100  # rule objects that are in force already
pytestmark = pytest.mark.timeout(600)


def median(name: str, at_most: float, measured: Callable[[int], float]) -> None:
    """Of TIMES; kept, shown, and held against what is promised, in seconds."""
    seconds = sorted(measured(number) for number in range(TIMES))
    found = statistics.median(seconds)
    figures.keep(f"reaction_{name}", {"median_s": found, "longest_s": seconds[-1], "times": TIMES})
    print(f"{name.replace('_', ' ')}: median {found:.2f} s, longest {seconds[-1]:.2f} s of {TIMES}")
    assert found < at_most


def test_a_shell_in_a_container_is_an_alert_within_a_second(containerd: runtime.Containerd) -> None:
    with agents.watching("--cri-socket", containerd.socket) as agent:

        def enter(number: int) -> float:
            full_id = containerd.run("sleep", "1000")
            began = time.time()
            with containerd.exec_terminal(full_id, "sh") as terminal:
                terminal.run("true")
                line = agent.alerts.wait(rf"attached terminal .*container_id={full_id[:12]}")
            containerd.remove(full_id)
            return line.arrived - began

        median("shell_to_alert", 1.0, enter)


@pytest.fixture
def lanner(control_plane: ControlPlane, tmp_path: pathlib.Path) -> Iterator[Installation]:
    with installation.installed(control_plane, tmp_path) as made:
        yield made


def test_a_deed_is_an_event_within_a_second_and_a_half(lanner: Installation) -> None:
    """kubectl's start included."""
    index = lanner.publish(*(cluster_rule(f"r{n}", named(n)) for n in range(TIMES)))
    with lanner.agent():
        lanner.wait_for_bundle(index)

        def act(number: int) -> float:
            began = time.monotonic()
            subprocess.run(["true", f"mark{number}."], check=True)
            until(lambda: f'"lanner.dev/rule": "R{number}"' in events(lanner))
            return time.monotonic() - began

        median("deed_to_event", 1.5, act)


def named(number: int) -> dict[str, object]:
    return rule(f"R{number}", f"evt.type = execve and proc.args = mark{number}.")


def events(lanner: Installation) -> str:
    return lanner.admin.kubectl("get", "events.events.k8s.io", "-n", "default", "-o", "json")


def test_a_bundle_is_in_force_within_three_seconds(lanner: Installation) -> None:
    first = lanner.publish(cluster_rule("one", rule("First")))
    with lanner.agent():
        lanner.wait_for_bundle(first)

        def publish(number: int) -> float:
            index = lanner.publish(cluster_rule("one", rule(f"Number {number}")))
            written = time.monotonic()
            lanner.wait_for_bundle(index)
            return time.monotonic() - written

        median("bundle_to_force", 3.0, publish)


@pytest.fixture
def scene(control_plane: ControlPlane, tmp_path: pathlib.Path) -> Iterator[Scene]:
    with scenes.installed(control_plane, tmp_path) as one, scenes.playing(one, tmp_path):
        yield one
    one.remove()


def test_an_edit_among_a_hundred_objects_is_published_within_two_seconds(scene: Scene) -> None:
    for number in range(OTHERS):
        scene.rule(f"rule-{number:03}", f"evt.type = execve and proc.name = p{number}")
    scene.reason(f"{CLUSTER_RULES}/rule-{OTHERS - 1:03}", "Accepted", "Valid", patience_s=60)
    time.sleep(2.0)

    def edit(number: int) -> float:
        before = scene.index()["revision"]
        scene.rule("edited", f"evt.type = open and fd.name = /{number}")
        started = time.monotonic()
        eventually(lambda: scene.index()["revision"] > before)
        passed = time.monotonic() - started
        time.sleep(1.0)  # the status is written, and the debounce begins anew
        return passed

    median("edit_to_bundle", 2.0, edit)
