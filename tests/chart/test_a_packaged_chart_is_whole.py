# SPDX-License-Identifier: Apache-2.0
"""`helm package` makes a chart that renders as the checkout does, and says of itself what is true."""

from __future__ import annotations

import tarfile
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.chart.rendering import CHART, Helm

META = yaml.safe_load((CHART / "Chart.yaml").read_text())
PROJECT = tomllib.loads((CHART.parents[1] / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def package(helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    done = helm.run("package", str(CHART), "--destination", str(folder))
    assert done.returncode == 0, done.stderr
    (made,) = folder.iterdir()
    return made


def test_it_renders_the_same(helm: Helm, package: Path) -> None:
    done = helm.run("template", "lanner", str(package), "--namespace", "lanner")
    assert done.stdout == helm.text()


def test_it_holds_what_an_install_needs_and_no_tests_of_rules(package: Path) -> None:
    with tarfile.open(package) as content:
        names = set(content.getnames())
    assert {"lanner/README.md", "lanner/tests/detection.py", "lanner/values.schema.json"} <= names
    assert not [name for name in names if name.startswith("lanner/tests/rules")]


def test_its_versions_are_the_projects() -> None:
    assert META["version"] == META["appVersion"] == PROJECT["version"]
    assert META["annotations"]["artifacthub.io/license"] in PROJECT["license"]
    assert f"lanner-{META['version']}.tgz" in (CHART / "README.md").read_text()


def test_it_names_every_definition() -> None:
    named = yaml.safe_load(META["annotations"]["artifacthub.io/crds"])
    there = [yaml.safe_load(path.read_text()) for path in (CHART / "crds").glob("*.yaml")]
    assert {(one["name"], one["kind"], one["version"]) for one in named} == {
        (one["metadata"]["name"], one["spec"]["names"]["kind"], version["name"])
        for one in there
        for version in one["spec"]["versions"]
    }
