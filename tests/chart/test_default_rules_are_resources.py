# SPDX-License-Identifier: Apache-2.0
"""The chart installs, word for word, the rules that `lanner run` starts with, and leaves them behind."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import yaml

from tests.chart.rendering import CHART, Helm, Object

FILES = sorted((CHART / "rules").glob("*.yaml"))


def rules(helm: Helm, *arguments: str) -> list[Object]:
    return [found for found in helm.objects(*arguments) if found["kind"] == "ClusterFalcoRule"]


def test_word_for_word(helm: Helm) -> None:
    written = [yaml.safe_load(file.read_text()) for file in FILES]
    assert [(rule["metadata"]["name"], rule["spec"]) for rule in rules(helm)] == [
        (rule["metadata"]["name"], rule["spec"]) for rule in written
    ]


def test_an_uninstall_leaves_them(helm: Helm) -> None:
    kept = [rule["metadata"]["annotations"]["helm.sh/resource-policy"] for rule in rules(helm)]
    assert kept == ["keep"] * len(FILES)


def test_they_can_be_left_out(helm: Helm) -> None:
    assert rules(helm, "--set", "rules.default.enabled=false") == []


def test_as_rendered_they_are_sound(helm: Helm, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "rendered.yaml"
    file.write_text("---\n".join(yaml.safe_dump(rule) for rule in rules(helm)))
    lanner = pathlib.Path(sys.executable).with_name("lanner")
    done = subprocess.run([lanner, "check", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 errors, 0 warnings" in done.stdout
