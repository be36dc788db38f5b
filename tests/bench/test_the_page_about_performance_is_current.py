# SPDX-License-Identifier: Apache-2.0
"""docs/performance.md and its chart say what was measured: `make performance` writes all three."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.bench import chart, figure_names, goals, loop_table, performance_page
from tests.bench.loops import LOOPS

AGAIN = "python -m tests.bench page"


def test_the_tables_are_made_of_the_figures_beside_them() -> None:
    assert performance_page.PAGE.read_text() == performance_page.page(performance_page.kept()), AGAIN


def test_a_flood_of_which_no_rate_lost_nothing_has_no_rate() -> None:
    results = performance_page.kept()
    flood = {name: {**one, "held_a_second": 0.0} for name, one in results["flood"].items()}
    assert "/s for" not in performance_page.made({**results, "flood": flood})


def test_the_chart_is_made_of_them_too() -> None:
    assert performance_page.CHART.read_text() == chart.svg(performance_page.kept()), AGAIN


def test_every_loop_and_every_state_is_in_the_table() -> None:
    results = performance_page.kept()
    found = loop_table.of_data(results["loops"]["loops"])
    assert set(found) == {(name, number) for name, loop in LOOPS.items() for number in loop.processes}
    assert {tuple(measured) for measured in found.values()} == {loop_table.STATES}
    table = performance_page.made(results)
    assert all(loop.what in table for loop in LOOPS.values())
    assert all(state in table for state in loop_table.STATES)


def test_every_bar_has_its_number_and_every_goal_of_a_loop_that_fits_its_line() -> None:
    drawn = ElementTree.fromstring(chart.svg(performance_page.kept()))  # noqa: S314 (our own)
    kept = loop_table.of_data(performance_page.kept()["loops"]["loops"])
    shown = [text.text for text in drawn.findall(".//{*}text") if text.get("class") == "number"]
    wanted = [loop_table.ratios(one, state)[0] for one in kept.values() for state in chart.STATES]
    assert sorted(shown, key=str) == sorted((f"{ratio:.2f}" for ratio in wanted), key=str)
    lines = [line for line in drawn.findall(".//{*}line") if line.get("class") == "goal"]
    fitting = [at for at in dict(chart.goal_lines(performance_page.kept())).values() if at <= chart.AXIS_TO]
    assert len(lines) == len(fitting) + 1  # one is in the legend


def test_every_goal_has_a_figure_with_each_rules_it_was_measured_with() -> None:
    found = figure_names.figures(performance_page.kept())
    for key, goal in goals.goals().items():
        named = {(name, rules) in found for name in goal.figures for rules in figure_names.STATES}
        assert goal.worst(found, "public rules") is not None, key
        assert (goal.at_most is None) != (goal.at_least is None), key
        assert True in named, key


def test_reasons_are_about_goals() -> None:
    assert set(goals.reasons()) <= set(goals.goals())


@pytest.mark.parametrize(
    ("bound", "value", "reached"),
    [
        ({"at_most": 1.2}, 1.2, True),
        ({"at_most": 1.2}, 1.21, False),
        ({"at_least": 5.0}, 5.0, True),
        ({"at_least": 5.0}, 4.9, False),
    ],
)
def test_a_goal_is_reached_at_its_bound(bound: dict[str, float], value: float, *, reached: bool) -> None:
    assert goals.Goal("what", "x", ("one",), **bound).reached(value) == reached


def test_the_worst_of_its_figures_counts() -> None:
    found = {("one", "public rules"): 1.1, ("two", "public rules"): 1.3}
    most = goals.Goal("what", "x", ("one", "two"), at_most=1.2)
    least = goals.Goal("what", "x", ("one", "two"), at_least=1.2)
    assert most.worst(found, "public rules") == 1.3
    assert least.worst(found, "public rules") == 1.1
    assert most.worst(found, "default rules") is None


def test_a_goal_that_is_not_reached_is_given_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(goals, "reasons", lambda: {"open": "the hook is more than half"})
    found = figure_names.figures(performance_page.kept())
    bad = {key: 10.0 if key[0].startswith("open ") else value for key, value in found.items()}
    good = {key: 1.0 if key[0].startswith("open ") else value for key, value in found.items()}
    assert "| x 10.00 | x 10.00 | **no**: the hook is more than half |" in goals.table(bad, trial=False)
    assert "| x 1.00 | x 1.00 | yes |" in goals.table(good, trial=False)
    assert "yes" not in goals.table(good, trial=True)
