# SPDX-License-Identifier: Apache-2.0
"""One registry and one tag name both images in every pod, and the notes say where they come from."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.chart.rendering import CHART, Helm

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
VERSION = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]


def images(helm: Helm, *values: str) -> set[str]:
    """Of every pod: agents, operator, farewell, definitions, test."""
    found = re.findall(r'(?m)^ +image: "(.+)"$', helm.text("--set", ",".join(values)))
    assert len(found) == 5
    return set(found)


@pytest.mark.parametrize(
    ("values", "agent", "operator"),
    [
        ((), f"lanner-agent:{VERSION}", f"lanner-operator:{VERSION}"),
        (
            ("image.registry=r.example.org:5000/x", "image.tag=v2"),
            "r.example.org:5000/x/lanner-agent:v2",
            "r.example.org:5000/x/lanner-operator:v2",
        ),
        (
            ("image.registry=r.example.org", f"agent.image.digest={DIGEST}", "operator.image.tag=v3"),
            f"r.example.org/lanner-agent@{DIGEST}",
            "r.example.org/lanner-operator:v3",
        ),
    ],
)
def test_both_follow_it(helm: Helm, values: tuple[str, ...], agent: str, operator: str) -> None:
    assert images(helm, *values) == {agent, operator}


def notes(helm: Helm, folder: Path, *values: str) -> str:
    """NOTES.txt as `helm install` prints it: Helm renders no notes without a cluster."""
    chart = shutil.copytree(CHART, folder / "lanner")
    (chart / "templates/NOTES.txt").rename(chart / "notes")
    (chart / "templates/notes.yaml").write_text('notes: {{ tpl (.Files.Get "notes") . | toJson }}')
    done = helm.run(
        "template", "lanner", str(chart), "--namespace", "watch", "-s", "templates/notes.yaml", *values
    )
    assert done.returncode == 0, done.stderr
    return str(yaml.safe_load(done.stdout)["notes"])


def test_without_a_registry_the_notes_say_what_will_happen(helm: Helm, tmp_path: Path) -> None:
    said = notes(helm, tmp_path)
    assert f"Images: lanner-agent:{VERSION} and lanner-operator:{VERSION}." in said
    assert "ImagePullBackOff" in said
    assert "--set image.registry=" in said


def test_with_one_they_name_it_and_no_trouble(helm: Helm, tmp_path: Path) -> None:
    said = notes(helm, tmp_path, "--set", "image.registry=r.example.org/x")
    assert f"Images: r.example.org/x/lanner-agent:{VERSION} " in said
    assert "ImagePullBackOff" not in said


@pytest.mark.parametrize("socket", ["", "/run/crio/crio.sock"])
def test_the_notes_say_what_an_empty_set_and_missing_names_mean(
    helm: Helm, tmp_path: Path, socket: str
) -> None:
    said = notes(helm, tmp_path, "--set", f"cri.socket={socket}")
    assert "kubectl label namespace watch pod-security.kubernetes.io/enforce=privileged" in said
    assert "agent.kubeletTLS=skip" in said
    assert "nodes/proxy" not in said
    assert (f"no runtime at {socket}," if socket else "--set cri.socket=PATH") in said


def test_the_notes_say_what_an_older_kubelet_does_not_tell(helm: Helm, tmp_path: Path) -> None:
    assert "nodes/proxy" in notes(helm, tmp_path, "--kube-version", "1.32.9")


def test_the_notes_say_that_rules_of_before_stay(helm: Helm, tmp_path: Path) -> None:
    said = notes(helm, tmp_path, "--set", "rules.default.enabled=false")
    assert "in force" in said.partition("installs no rule")[2]
