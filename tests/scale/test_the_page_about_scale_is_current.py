# SPDX-License-Identifier: Apache-2.0
"""docs/scale.md and its chart say what was measured: `make scale` writes all three."""

from __future__ import annotations

from tests.scale import chart, goals, scale_page, scale_tables
from tests.scale.scale_tables import quantile

AGAIN = "python -m tests.scale page"


def test_the_tables_are_made_of_the_figures_beside_them() -> None:
    assert scale_page.PAGE.read_text() == scale_page.page(scale_page.kept()), AGAIN


def test_the_chart_is_made_of_them_too() -> None:
    assert scale_page.CHART.read_text() == chart.svg(scale_page.kept()), AGAIN


def test_the_page_states_what_one_node_may_ask_for() -> None:
    page = scale_page.PAGE.read_text()
    assert f"at most {goals.START_REQUESTS:.0f} requests at a start" in page
    assert f"{goals.CHANGE_REQUESTS:.0f} for a change" in page
    assert f"each {goals.LEASE_EVERY_S:.0f} s" in page


def test_a_change_that_came_too_late_counts_as_the_longest() -> None:
    late = {**scale_page.kept()["churn"], "samples_s": [1.0, 2.0], "late": 1}
    table = scale_tables.goals_table({**scale_page.kept(), "churn": late})
    assert "p99 of 3 | ≤ 10 s | more than 60 s | **no**" in table
    assert "p50 of 3 | ≤ 3 s | 2.00 s | yes" in table


def test_a_quantile_is_one_of_its_samples() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([float(number) for number in range(100)], 0.99) == 99.0
    assert quantile([], 0.5) == float("inf")
