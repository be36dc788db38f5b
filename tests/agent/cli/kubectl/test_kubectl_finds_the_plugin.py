# SPDX-License-Identifier: Apache-2.0
"""The real kubectl: it finds the plugin, completes its words, and alerts come as they happen."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from lanner_agent.app import exits
from tests.agent.cli.kubectl.scene import Scene, person
from tests.cluster.control_plane import ControlPlane

SCRIPT = """#!/bin/sh
exec {python} -c 'from lanner_agent.cli.kubectl.{module} import main; main()' "$@"
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder with the plugin's two programs, as the wheel installs them."""
    folder = tmp_path_factory.mktemp("bin")
    for name, module in (("kubectl-lanner", "main"), ("kubectl_complete-lanner", "completion")):
        path = folder / name
        path.write_text(SCRIPT.format(python=sys.executable, module=module))
        path.chmod(0o755)
    return folder


def environment(folder: pathlib.Path, kubeconfig: pathlib.Path) -> dict[str, str]:
    path = os.pathsep.join((str(folder), os.environ["PATH"]))
    return {
        **os.environ,
        "PATH": path,
        "KUBECONFIG": str(kubeconfig),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }


def test_alerts_are_followed_through_kubectl(scene: Scene, programs: pathlib.Path) -> None:
    kubectl = scene.admin.binaries["kubectl"]
    where = environment(programs, person(scene.installed, "tenant"))
    words = [kubectl, "lanner", "alerts", "--follow", "-o", "json"]
    scene.publish((scene.rule(), scene.pod, (b"-c", b"first")))
    with subprocess.Popen(
        words, env=where, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as following:
        assert following.stdout is not None
        try:
            assert json.loads(following.stdout.readline())["output_fields"]["proc.cmdline"] == "sh -c first"
            scene.publish((scene.rule(), replace(scene.pod, name=b"other"), (b"-c", b"second")))
            assert json.loads(following.stdout.readline())["output_fields"]["proc.cmdline"] == "sh -c second"
        finally:
            following.send_signal(signal.SIGINT)
        assert following.wait(20) == exits.INTERRUPTED
        assert following.stderr is not None
        assert "Traceback" not in following.stderr.read()
    scene.forget()


def test_kubectl_completes_its_words(scene: Scene, programs: pathlib.Path) -> None:
    done = subprocess.run(
        [scene.admin.binaries["kubectl"], "__complete", "lanner", "al"],
        env=environment(programs, scene.admin.kubeconfig),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["alerts\tShow alerts, also as they come.", ":4"]


def test_a_cluster_without_lanner_is_told(own_control_plane: ControlPlane, programs: pathlib.Path) -> None:
    done = subprocess.run(
        [own_control_plane.access.binaries["kubectl"], "lanner", "status"],
        env=environment(programs, own_control_plane.access.kubeconfig),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (exits.CANNOT_RUN, "")
    first, hint = done.stderr.splitlines()
    assert first == "lanner: Lanner is not installed in this cluster: it has no falconodes.lanner.dev"
    assert hint.startswith("  hint: helm install lanner ")
