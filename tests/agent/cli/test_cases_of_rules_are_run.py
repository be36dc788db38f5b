# SPDX-License-Identifier: Apache-2.0
"""`lanner test` says what came out of cases, and what is wrong with them; each golden file holds at its end,
behind `#= `, what is printed.
"""

from __future__ import annotations

import os
import pathlib
from xml.etree import ElementTree

import pytest

from lanner_engine.cases import reading
from lanner_engine.source import Source
from tests.agent.cli.command import lanner
from tests.house.rooms import ROOT

GOLDEN = pathlib.Path(__file__).parent / "golden" / "cases"
RULE = "{rule: R, desc: d, condition: evt.type = execve and proc.name = x, output: o, priority: INFO}"
HOLDS = "cases: [{name: n, event: {evt.type: execve, proc.name: x}, alerts: [R]}]\n"


@pytest.mark.parametrize("name", ["failing.yaml", "wrong.yaml"])
def test_a_file_prints_what_stands_at_its_end(name: str) -> None:
    done = lanner("test", name, cwd=GOLDEN)
    text = (GOLDEN / name).read_text()
    wanted = [line[3:] for line in text.splitlines() if line.startswith("#= ")]
    assert (done.stderr + done.stdout).splitlines() == wanted
    assert done.returncode == 1


def test_rules_are_those_beside_the_cases_or_those_that_are_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "rules.yaml").write_text(f"[{RULE}]")
    (tmp_path / "a" / "beside.yaml").write_text("rules: rules.yaml\n" + HOLDS)
    (tmp_path / "named.yaml").write_text(HOLDS)
    done = lanner(
        "test",
        tmp_path / "named.yaml",
        tmp_path / "a" / "beside.yaml",
        "--rules",
        tmp_path / "a" / "rules.yaml",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 cases: 2 passed, 0 failed\n", "")


def test_manifests_that_are_disabled_are_tested_where_that_is_said(tmp_path: pathlib.Path) -> None:
    spec = f"{{mode: Disabled, hostScope: Include, rules: [{RULE.replace('rule:', 'name:')}]}}"
    kind = "apiVersion: lanner.dev/v1alpha1\nkind: ClusterFalcoRule\nmetadata: {name: m}\n"
    (tmp_path / "rules.yaml").write_text(f"{kind}spec: {spec}\n")
    cases = tmp_path / "cases.yaml"
    for said, code, told in (
        ("disabled: true\n", 0, ""),
        ("", 1, "there is no rule R"),
        ("disabled: false\n", 1, "there is no rule R"),
        ("disabled: maybe\n", 1, "disabled: is true or false"),
    ):
        cases.write_text(f"rules: rules.yaml\n{said}{HOLDS}")
        done = lanner("test", cases)
        assert (done.returncode, told in done.stderr) == (code, True), done.stderr


def test_a_report_for_continuous_integration_has_every_failure(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "junit.xml"
    lanner("test", "failing.yaml", "wrong.yaml", "--junit", path, cwd=GOLDEN)
    root = ElementTree.fromstring(path.read_text())  # noqa: S314  our own
    counts = [{key: one.get(key) for key in ("name", "tests", "failures", "errors")} for one in root]
    assert counts == [
        {"name": "failing.yaml", "tests": "5", "failures": "4", "errors": "0"},
        {"name": "errors", "tests": "12", "failures": "0", "errors": "12"},
    ]
    failure = root.find("./testsuite/testcase[@name='too near']/failure")
    assert failure is not None
    assert failure.text is not None
    assert "true       proc.aname = ssh   [proc.aname: (bash,ssh)]" in failure.text


def test_a_report_that_cannot_be_written_is_said(tmp_path: pathlib.Path) -> None:
    (tmp_path / "c.yaml").write_text(f"rules: [{RULE}]\n" + HOLDS)
    done = lanner("test", tmp_path / "c.yaml", "--junit", tmp_path / "no" / "j.xml")
    assert done.returncode == 3
    assert done.stderr == f"lanner: cannot write {tmp_path / 'no' / 'j.xml'}: {os.strerror(2).lower()}\n"


def test_the_page_shows_a_file_of_cases() -> None:
    page = (ROOT / "docs" / "testing-rules.md").read_text()
    suite, found = reading.read(Source("page.yaml", page.partition("```yaml\n")[2].partition("```")[0]))
    assert found == ()
    assert [case.name for case in suite.cases] == ["cat reads a key", "cat reads a public key"]
