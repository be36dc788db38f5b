# SPDX-License-Identifier: Apache-2.0
"""What a real agent told of processes on the host, in a container and in a pod, a replay of it tells
word for word, without a capability; and a capture has the seconds around an alert.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
from collections.abc import Iterator

import pytest

from tests.containers import runtime
from tests.story.agent import ALERT_S, LANNER, Agent, watching

pytestmark = pytest.mark.timeout(180)  # an agent starts, and containers

RULE = "Sensitive file read"
WITHOUT_CAPABILITIES = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")
ON_THE_HOST = (
    "cat /etc/shadow; cp /bin/true /dev/shm/lanner-story; /dev/shm/lanner-story; rm /dev/shm/lanner-story"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("recording")


@pytest.fixture(scope="module")
def ended(containerd: runtime.Containerd, folder: pathlib.Path) -> Iterator[Agent]:
    """One that recorded the story."""
    words = ("--record", folder / "recording", "--record-on", RULE, "--record-folder", folder / "captures")
    with watching("--cri-socket", containerd.socket, "--output", "json", *words) as agent:
        subprocess.run(["sh", "-c", ON_THE_HOST], check=True, stdout=subprocess.DEVNULL)
        full_id = containerd.run("sleep", "1000")
        containerd.execute(full_id, "cat", "/etc/shadow")
        pod = containerd.pods.start(containerd.pods.run("recorded", "shop"), "web")
        containerd.execute(pod.id, "cat", "/etc/shadow", namespace="k8s.io")
        agent.alerts.wait(f'"container.id":"{full_id[:12]}".*"{RULE}"', ALERT_S)
        agent.alerts.wait(f'"k8s.pod.name":"recorded".*"{RULE}"', ALERT_S)
        agent.alerts.wait("Execution from shared memory", ALERT_S)
    yield agent
    containerd.remove(full_id)


def replayed(file: pathlib.Path) -> list[str]:
    """The lines of a replay, in order: those that waited for names may come a moment later than they did."""
    command = (*WITHOUT_CAPABILITIES, LANNER, "replay", file, "--output", "json")
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    return sorted(done.stdout.splitlines())


def test_all_alerts_are_those_of_the_watch_word_for_word(ended: Agent, folder: pathlib.Path) -> None:
    told = sorted(line.text for line in ended.alerts.all())
    assert len(told) >= 4
    assert replayed(folder / "recording") == told


def test_a_capture_has_the_alert_and_those_around_it(ended: Agent, folder: pathlib.Path) -> None:
    (capture,) = (folder / "captures").iterdir()
    assert capture.name.endswith("Z-sensitive-file-read.lanner")
    found = replayed(capture)
    assert set(found) <= {line.text for line in ended.alerts.all()}
    assert {"Sensitive file read", "Execution from shared memory"} <= {
        json.loads(one)["rule"] for one in found
    }


def test_a_rule_that_is_not_there_is_an_error_with_a_hint(folder: pathlib.Path) -> None:
    command = (LANNER, "run", "--record-on", "Sensitive file reads", "--record-folder", folder / "none")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert (
        "--record-on: no rule has the name Sensitive file reads. did you mean Sensitive file read?"
        in done.stderr
    )
    assert not (folder / "none").exists()
