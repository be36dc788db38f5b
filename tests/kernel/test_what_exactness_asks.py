# SPDX-License-Identifier: Apache-2.0
"""What exactness leaves out exists, and it tells an event that came by chance from one that was held back."""

from __future__ import annotations

import ast
import pathlib
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import cast

import pytest

from lanner_agent.decode.event import Event
from lanner_engine.ast import Check, FieldRef, Literal
from lanner_engine.program.rule import CheckedRule
from tests.kernel import exact_tests, exactness
from tests.kernel.conftest import Watch
from tests.kernel.exact_rules import Wanted, rule

HERE = pathlib.Path(__file__).parent
Judge = Callable[[Sequence[str], Sequence[str]], None]


@pytest.mark.parametrize("name", sorted(exact_tests.LEFT_OUT.keys() | exact_tests.EACH_CASE))
def test_what_is_named_exists(name: str) -> None:
    file, _, test = name.partition("::")
    tree = ast.parse((HERE / file).read_text())
    assert not test or test in {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}


def test_no_file_is_both_left_out_and_done_in_each_case() -> None:
    assert not exact_tests.LEFT_OUT.keys() & exact_tests.EACH_CASE


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Of a test whose events are mkdir and rmdir: what comes under its rules, and what comes without them."""

    def judge(with_rules: Sequence[str], without: Sequence[str]) -> None:
        answers = iter((with_rules, without))

        def under(_: exactness._Again, rules: Sequence[CheckedRule]) -> exactness._Seen:
            return exactness._Seen(rules, {}, [event(name) for name in next(answers)], "")

        monkeypatch.setattr(exactness._Again, "_under", under)
        watch = SimpleNamespace(seen=[event("mkdir"), event("rmdir")])
        again = exactness._Again(cast(pytest.Function, None), cast(Watch, watch), lambda: None)
        again._judged([wanting("mkdir"), wanting("rmdir")])

    return judge


def event(name: str) -> Event:
    """Of which the kernel has asked nothing."""
    return cast(Event, SimpleNamespace(type=name, candidates=0, process=SimpleNamespace(comm=b"deed")))


def wanting(name: str) -> Wanted:
    return Wanted(rule(Check(FieldRef("evt.type"), "=", Literal(name.encode()))), ())


def test_what_comes_again_is_as_it_should_be(judge: Judge) -> None:
    judge(["mkdir", "rmdir"], [])


def test_what_comes_neither_with_the_rules_nor_without_came_by_chance(judge: Judge) -> None:
    judge(["mkdir"], ["mkdir"])


def test_what_comes_without_the_rules_only_is_held_back(judge: Judge) -> None:
    with pytest.raises(AssertionError, match=r"without these rules, but not with them: evt\.type = rmdir"):
        judge(["mkdir"], ["mkdir", "rmdir"])


def test_a_deed_of_which_nothing_comes_again_is_none(judge: Judge) -> None:
    with pytest.raises(AssertionError, match="nothing that it does comes again"):
        judge([], [])
