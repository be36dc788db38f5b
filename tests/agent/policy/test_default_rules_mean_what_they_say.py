# SPDX-License-Identifier: Apache-2.0
"""The default rules on their own cases (charts/lanner/tests/rules), as `lanner test` runs them; tests/story
does some of it for real.
"""

from __future__ import annotations

from collections import Counter

import pytest
import yaml

from lanner_agent.policy import defaults
from lanner_agent.policy.files import load, rule_files
from lanner_engine.cases import reading
from lanner_engine.cases.suite import Case
from lanner_engine.codegen.compile import Program
from lanner_engine.program import load as engine
from tests.agent.cli.command import lanner
from tests.house.rooms import ROOT

CASES = ROOT / "charts" / "lanner" / "tests" / "rules"


@pytest.fixture(scope="module")
def program() -> Program:
    checked = load.check([defaults.directory()])
    assert checked.diagnostics == ()
    return load.compiled(checked)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [case for source in rule_files.gather([CASES]).sources for case in reading.read(source)[0].cases]


def test_every_case_holds() -> None:
    done = lanner("test", CASES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""


def test_every_rule_has_a_case_and_a_near_miss(cases: list[Case]) -> None:
    """Those as well that are shipped Disabled."""
    checked = engine.check(rule_files.gather([defaults.directory()]).sources, disabled=True)
    names = {rule.name for rule in checked.rules}
    assert {one.rule for case in cases for one in case.alerts} == names
    assert {case.near.rule for case in cases if case.near is not None and not case.alerts} == names


def test_no_word_is_defined_twice() -> None:
    """The later one would stand for the earlier in every rule that uses it."""
    specs = [yaml.safe_load(file.read_text())["spec"] for file in defaults.directory().glob("*.yaml")]
    named = [one for spec in specs for kind in ("lists", "macros", "rules") for one in spec.get(kind, ())]
    names = Counter(one["name"] for one in named)
    assert [name for name, number in names.items() if number > 1] == []


def test_no_default_rule_waits_for_the_container_runtime_but_the_one_about_its_words(
    program: Program,
) -> None:
    """Their conditions ask the kernel's facts only: an event never has to wait to be matched. Which rights a
    container was given is known to the runtime alone, and asked once, when its first program starts.
    """
    waiting = [rule.name for rule in program.rules if rule.needs_metadata]
    assert waiting == ["Container started with the rights of the node"]


def test_every_output_names_the_container(program: Program) -> None:
    for rule in program.rules:
        assert "container_id=%container.id container_name=%container.name)" in rule.output.text
