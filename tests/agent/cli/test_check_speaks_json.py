# SPDX-License-Identifier: Apache-2.0
"""`lanner check --output json`: one document, an object for each file, as other tools for rules read it."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from tests.agent.cli.command import lanner

BAD = """\
- macro: unused
  condition: proc.nme = x
- rule: r
  desc: d
  condition: evt.type = open and evt.dir = < and proc.pid = x
  output: "\\e[31m %nothing"
  priority: Notice
  enabledd: true
"""


def _results(*paths: pathlib.Path) -> tuple[int, list[dict[str, Any]]]:
    done = lanner("check", "--output", "json", *paths)
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    return done.returncode, json.loads(done.stdout)["falco_load_results"]


def test_a_bad_file_is_described_completely(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    code, (result,) = _results(path)
    assert code == 1
    assert (result["name"], result["successful"]) == (str(path), False)
    assert [one["code"] for one in result["errors"]] == [
        "LOAD_ERR_COMPILE_CONDITION",
        "LOAD_ERR_COMPILE_OUTPUT",
    ]
    warnings = {one["code"]: one for one in result["warnings"]}
    assert warnings.keys() == {"LOAD_UNKNOWN_KEY", "LOAD_UNUSED_MACRO", "LOAD_DEPRECATED_ITEM"}
    assert warnings["LOAD_DEPRECATED_ITEM"]["deprecated_field"] == "evt.dir"
    assert result["schema_valid"].startswith("failed for ")
    assert len(result["schema_warnings"]) == 2


def test_a_problem_has_its_place_and_what_stands_there(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("- rule: r\n  condition: proc.nme = x\n  desc: d\n  output: o\n  priority: INFO\n")
    _, (result,) = _results(path)
    (error,) = result["errors"]
    assert error["message"] == "there is no field proc.nme"
    assert error["codedesc"] == "a condition cannot be compiled"
    assert error["hint"] == "did you mean proc.name?"
    locations = error["context"]["locations"]
    assert [(one["item_type"], one["item_name"]) for one in locations] == [
        ("rules content", ""),
        ("rule", "r"),
        ("rule condition", ""),
        ("condition expression", ""),
    ]
    assert locations[-1]["position"] == {
        "name": str(path),
        "line": 2,
        "column": 14,
        "offset": 23,
        "end_offset": 31,
    }
    assert error["context"]["snippet"].splitlines()[0].strip() == "condition: proc.nme = x"


def test_each_file_has_an_object_in_order_also_one_that_is_missing(tmp_path: pathlib.Path) -> None:
    good = tmp_path / "good.yaml"
    good.write_text("- list: l\n  items: [a]\n")
    code, results = _results(good, tmp_path / "missing.yaml")
    assert code == 1
    assert [one["successful"] for one in results] == [True, False]
    assert [one["schema_valid"] for one in results] == ["ok", "none"]
    assert results[1]["errors"][0]["code"] == "LOAD_ERR_FILE_READ"


def test_good_rules_are_successful() -> None:
    code, results = _results()
    assert code == 0
    assert all(one["successful"] and not one["warnings"] for one in results)
