# SPDX-License-Identifier: Apache-2.0
"""The pipeline: each pass alone on text, in its order, and where it stops when a condition is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lanner_engine.ast import Expr
from lanner_engine.documents.definitions import Definitions
from lanner_engine.parser.condition import parse
from lanner_engine.parser.printer import print_condition
from lanner_engine.passes import pipeline
from lanner_engine.passes.expand import Expander
from lanner_engine.passes.fold import fold
from lanner_engine.passes.normalise import normalise
from lanner_engine.passes.order import order
from lanner_engine.passes.pipeline import Context
from lanner_engine.passes.report import Report
from lanner_engine.text import plain


def context() -> Context:
    report = Report()
    return Context(Expander(Definitions({}, {}, {}), report, parse), report)


def names(condition: str) -> list[str]:
    return [one.name for one, _ in pipeline.steps(parse(plain(condition)), context())]


REWRITES = [
    (fold, "proc.name = a and evt.num = 0", "never"),
    (fold, "proc.name = a or evt.num = 0", "proc.name = a"),
    (fold, "not evt.num >= 1", "never"),
    (fold, "not proc.name in ()", "always"),
    (normalise, "not (proc.name = a or not fd.num = 1)", "(not proc.name = a and fd.num = 1)"),
    (
        normalise,
        "proc.name = a and (fd.num = 1 and evt.cpu = 0)",
        "(proc.name = a and fd.num = 1 and evt.cpu = 0)",
    ),
    (order, "fd.name regex x and fd.num = 1", "(fd.num = 1 and fd.name regex x)"),
    (
        order,
        "(fd.name glob x and fd.num = 1) or proc.exe = a",
        "(proc.exe = a or (fd.num = 1 and fd.name glob x))",
    ),
    (order, "proc.name = a and proc.exe = b", "(proc.name = a and proc.exe = b)"),
    (order, "k8s.ns.name = x and not proc.name = a", "(not proc.name = a and k8s.ns.name = x)"),
]


@pytest.mark.parametrize(("change", "before", "after"), REWRITES)
def test_a_pass_rewrites_alone(change: Callable[[Expr], Expr], before: str, after: str) -> None:
    assert print_condition(change(parse(plain(before)))) == after


def test_a_good_condition_goes_through_every_pass_once() -> None:
    assert names("proc.name = a") == [one.name for one in pipeline.PASSES]
    assert len(set(names("proc.name = a"))) == len(pipeline.PASSES)


def test_passes_that_need_a_good_condition_do_not_see_a_wrong_one() -> None:
    assert names("proc.nme = a and proc.pid = x") == ["expand", "resolve", "check"]
    assert names("no_such_macro") == []
