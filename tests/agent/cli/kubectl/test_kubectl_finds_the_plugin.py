# SPDX-License-Identifier: Apache-2.0
"""The real kubectl: it finds the plugin, completes its words, and alerts come as they happen."""

from __future__ import annotations

import json
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

from lanner_agent.app import exits
from tests.agent.cli.kubectl.installed import environment
from tests.agent.cli.kubectl.scene import Scene, person


def test_alerts_are_followed_through_kubectl(scene: Scene, programs: Path) -> None:
    kubectl = scene.admin.binaries["kubectl"]
    where = environment(programs, person(scene.installed, "tenant"))
    words = [kubectl, "lanner", "alerts", "--follow", "--tail", "1", "-o", "json"]
    scene.publish((scene.rule(), replace(scene.pod, name=b"one"), (b"-c", b"first")))
    with subprocess.Popen(
        words, env=where, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as following:
        assert following.stdout is not None
        try:
            assert json.loads(following.stdout.readline())["output_fields"]["proc.cmdline"] == "sh -c first"
            scene.publish((scene.rule(), replace(scene.pod, name=b"two"), (b"-c", b"second")))
            assert json.loads(following.stdout.readline())["output_fields"]["proc.cmdline"] == "sh -c second"
        finally:
            following.send_signal(signal.SIGINT)
        assert following.wait(20) == exits.INTERRUPTED
        assert following.stderr is not None
        assert "Traceback" not in following.stderr.read()


def test_kubectl_completes_its_words(scene: Scene, programs: Path) -> None:
    done = subprocess.run(
        [scene.admin.binaries["kubectl"], "__complete", "lanner", "al"],
        env=environment(programs, scene.admin.kubeconfig),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["alerts\tShow alerts, also as they come.", ":4"]


def test_a_cluster_without_lanner_is_told(scene: Scene) -> None:
    done = scene.before
    assert (done.returncode, done.stdout) == (exits.CANNOT_RUN, "")
    first, hint = done.stderr.splitlines()
    assert first == "lanner: Lanner is not installed in this cluster: it has no falconodes.lanner.dev"
    assert hint.startswith("  hint: helm install lanner ")
