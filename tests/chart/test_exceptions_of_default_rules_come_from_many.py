# SPDX-License-Identifier: Apache-2.0
"""Two teams name what is usual at theirs, each in an object of its own: both hold, nothing is redefined."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
import yaml

from lanner_agent.policy.files import load
from tests.chart.rendering import CHART

SPECS = [yaml.safe_load(file.read_text())["spec"] for file in sorted((CHART / "rules").glob("*.yaml"))]
RULES = [rule for spec in SPECS for rule in spec.get("rules", ()) if spec.get("mode", "Active") == "Active"]
TEAMS = ("first", "second")


def value(exception: dict[str, Any], team: str) -> str | list[str]:
    words = [f"{team}-{exception['name']}-{number}" for number in range(len(exception["fields"]))]
    return words if isinstance(exception["fields"], list) else words[0]


def item(rule: dict[str, Any], team: str) -> dict[str, Any]:
    """A value for every exception of the rule."""
    exceptions = [{"name": one["name"], "values": [value(one, team)]} for one in rule["exceptions"]]
    return {"name": rule["name"], "exceptions": exceptions, "override": {"exceptions": "append"}}


@pytest.fixture(scope="module")
def conditions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of every rule, with what both teams appended."""
    folder: pathlib.Path = tmp_path_factory.mktemp("teams")
    for team in TEAMS:
        written = {
            "apiVersion": "lanner.dev/v1alpha1",
            "kind": "ClusterFalcoRule",
            "metadata": {"name": team},
            "spec": {"loadOrder": 900, "rules": [item(rule, team) for rule in RULES]},
        }
        (folder / f"{team}.yaml").write_text(yaml.safe_dump(written))
    checked = load.check([CHART / "rules", folder])
    assert checked.diagnostics == ()
    return {one.name: str(one.condition) for one in checked.rules}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["name"])
def test_both_hold(rule: dict[str, Any], conditions: dict[str, str]) -> None:
    """Each exception asks for the values of each team."""
    wanted = [f"{team}-{one['name']}-0" for one in rule["exceptions"] for team in TEAMS]
    assert wanted
    assert [word for word in wanted if word not in conditions[rule["name"]]] == []


def test_nothing_is_there_to_be_redefined() -> None:
    macros = {macro["name"] for spec in SPECS for macro in spec.get("macros", ())}
    assert [name for name in macros if "usual" in name] == []
