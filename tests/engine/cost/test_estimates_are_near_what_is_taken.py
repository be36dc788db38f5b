# SPDX-License-Identifier: Apache-2.0
"""The estimate of what rules cost, against what a process of its own really takes for them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lanner_engine.ast import Check, Rows, literals, walk
from lanner_engine.objects import cost
from lanner_engine.objects.verdicts import check_objects
from tests.engine.cost.shapes import SHAPES, excepted, lists, tenant

LEAST, MAX_KEPT = 1.0, 6.0  # times what is really taken
MOMENT = 12 << 20  # bytes while compiling, however much there is


@pytest.mark.timeout(120)
@pytest.mark.parametrize("shape", SHAPES)
def test_an_estimate_is_not_too_little_and_not_far_too_much(shape: str) -> None:
    command = [sys.executable, "-m", "tests.engine.cost.shapes", shape]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=110)
    stays, moment, estimate = map(int, run.stdout.split())
    print(f"{shape}: {stays:,} bytes stay, {moment:,} for a moment, estimated {estimate:,}")
    assert LEAST <= estimate / stays <= MAX_KEPT
    assert moment <= MOMENT


@pytest.mark.parametrize(("spec", "values"), [(excepted(), 11_520), (lists(8, 1_000), 8_000)])
def test_a_value_costs_at_most_two_hundred_bytes(spec: dict[str, object], values: int) -> None:
    """As estimated, which the test above holds to be more than is taken; the kernel's index apart."""
    checked = check_objects([tenant(spec)])
    (rules,) = checked.namespaces.values()
    whole = cost.total(cost.of_set(rules).values()).lasting
    checks = [node for one in rules for node in walk(one.condition) if isinstance(node, Check)]
    indexed = cost.INDEXED * sum(len(literals(one)) for one in checks)
    assert (whole - indexed) / values <= 200


def test_the_attack_becomes_tables() -> None:
    (rules,) = check_objects([tenant(excepted())]).namespaces.values()
    tables = [node for node in walk(rules[0].condition) if isinstance(node, Rows)]
    assert [len(one.rows) for one in tables] == [256] * 15
    assert sum(1 for _ in walk(rules[0].condition)) < 50
