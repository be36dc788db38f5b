# SPDX-License-Identifier: Apache-2.0
"""What values change about the default rules, and that nothing else of them changes."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

from lanner_agent.policy.files import load
from lanner_engine.resources.falco_rule import ClusterFalcoRuleSpec
from tests.chart.rendering import Helm, Object

MINER = "Miner of coins started"
DROPPED = "Dropped binary executed in a container"
SCANNED = "Network scanned from a container"


def chosen(helm: Helm, **values: Any) -> dict[str, Object]:
    """The rule objects by name, with these values below rules.default."""
    found = helm.objects("--set-json", f"rules.default={json.dumps(values)}")
    return {one["metadata"]["name"]: one for one in found if one["kind"] == "ClusterFalcoRule"}


def in_force(objects: dict[str, Object], folder: pathlib.Path) -> set[str]:
    """The names of the rules that watch, as the agents' own code reads the objects."""
    for name, written in objects.items():
        (folder / f"{name}.yaml").write_text(json.dumps(written))
    checked = load.check([folder])
    assert [found for found in checked.diagnostics if found.severity == "error"] == []
    return {rule.name for rule in checked.rules}


def test_every_object_has_the_form_that_the_api_server_takes(helm: Helm) -> None:
    for written in chosen(helm, tiers=["core", "extra"], exceptions={MINER: {"images": ["a"]}}).values():
        ClusterFalcoRuleSpec.model_validate_json(json.dumps(written["spec"]))


def test_quiet_rules_watch_and_the_others_are_installed_for_later(helm: Helm, tmp_path: pathlib.Path) -> None:
    objects = chosen(helm)
    assert objects["lanner-network-scan"]["spec"]["mode"] == "Disabled"
    assert "Network scanned from a container" not in in_force(objects, tmp_path)
    assert {one["metadata"]["labels"]["lanner.dev/tier"] for one in objects.values()} == {"core", "extra"}


def test_a_tier_is_switched_on(helm: Helm, tmp_path: pathlib.Path) -> None:
    objects = chosen(helm, tiers=["core", "extra"])
    assert {"Network scanned from a container", DROPPED} <= in_force(objects, tmp_path)


def test_a_tier_is_switched_off(helm: Helm, tmp_path: pathlib.Path) -> None:
    assert in_force(chosen(helm, tiers=[]), tmp_path) == set()


def test_a_rule_is_switched_off_by_its_name(helm: Helm, tmp_path: pathlib.Path) -> None:
    every = in_force(chosen(helm), tmp_path)
    assert every - in_force(chosen(helm, disable=[MINER]), tmp_path) == {MINER}


@pytest.mark.parametrize("door", [{"disable": ["Minor"]}, {"exceptions": {"Minor": {"images": ["a"]}}}])
def test_a_name_that_no_rule_has_is_refused(helm: Helm, door: dict[str, Any]) -> None:
    said = helm.refusal("--set-json", f"rules.default={json.dumps(door)}")
    assert 'no default rule is called "Minor"' in said


def test_namespaces_are_chosen_and_left_out(helm: Helm) -> None:
    objects = chosen(helm, excludedNamespaces=["ci"], namespaceSelector={"matchLabels": {"watched": "yes"}})
    assert objects["lanner-miner"]["spec"]["namespaceSelector"] == {
        "matchLabels": {"watched": "yes"},
        "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["ci"]}],
    }
    assert "namespaceSelector" not in objects["lanner-00-vocabulary"]["spec"]


def test_exceptions_are_objects_that_append(helm: Helm, tmp_path: pathlib.Path) -> None:
    rows = {"images": ["registry.example.org/a"], "programs": [["/usr/bin/b", "registry.example.org/b"]]}
    objects = chosen(helm, exceptions={MINER: rows})
    added = objects["lanner-exceptions-miner-of-coins-started"]["spec"]
    assert added["rules"][0]["exceptions"] == [
        {"name": "images", "values": [["registry.example.org/a"]]},
        {"name": "programs", "values": [["/usr/bin/b", "registry.example.org/b"]]},
    ]
    assert MINER in in_force(objects, tmp_path)


def test_exceptions_of_a_rule_that_is_off_wait_with_it(helm: Helm, tmp_path: pathlib.Path) -> None:
    name, rows = "lanner-exceptions-network-scanned-from-a-container", {SCANNED: {"images": ["a"]}}
    objects = chosen(helm, exceptions=rows)
    assert objects[name]["spec"]["mode"] == "Disabled"
    assert SCANNED not in in_force(objects, tmp_path)
    assert "mode" not in chosen(helm, exceptions=rows, tiers=["core", "extra"])[name]["spec"]


def test_what_values_do_not_name_is_word_for_word_the_file(helm: Helm) -> None:
    plain, changed = chosen(helm), chosen(helm, disable=[MINER], exceptions={DROPPED: {"images": ["a"]}})
    differ = {name for name in plain if plain[name] != changed[name]}
    assert differ == {"lanner-miner"}
    assert set(changed) - set(plain) == {"lanner-exceptions-dropped-binary-executed-in-a-container"}
