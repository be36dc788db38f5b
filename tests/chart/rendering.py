# SPDX-License-Identifier: Apache-2.0
"""The chart as Helm renders it: values in, objects or Helm's own words out."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

CHART = pathlib.Path(__file__).resolve().parents[2] / "charts" / "lanner"

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Helm:
    """The program and how it is called. `binary`: path of helm."""

    binary: pathlib.Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Whatever it says and its exit status."""
        return subprocess.run([self.binary, *arguments], capture_output=True, text=True, check=False)

    def text(self, *arguments: str) -> str:
        """The chart rendered as release `lanner` in namespace `lanner`, comments included."""
        done = self._template(arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def objects(self, *arguments: str) -> list[Object]:
        return [found for found in yaml.safe_load_all(self.text(*arguments)) if found]

    def refusal(self, *arguments: str) -> str:
        """What Helm says when it will not render."""
        done = self._template(arguments)
        assert done.returncode != 0, "it was rendered"
        return done.stderr

    def _template(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        release = ["lanner", str(CHART), "--namespace", "lanner"]
        return self.run("template", *release, *arguments)


def one(objects: Sequence[Object], kind: str, name: str) -> Object:
    """The object of this kind and name; fails with what there is instead."""
    found = [found for found in objects if (found["kind"], found["metadata"]["name"]) == (kind, name)]
    assert len(found) == 1, [(found["kind"], found["metadata"]["name"]) for found in objects]
    return found[0]


def container(workload: Mapping[str, Any]) -> Object:
    """The one container of a DaemonSet or Deployment."""
    (only,) = workload["spec"]["template"]["spec"]["containers"]
    return dict(only)
