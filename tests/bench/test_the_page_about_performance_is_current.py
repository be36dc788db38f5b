# SPDX-License-Identifier: Apache-2.0
"""The table in docs/performance.md says what was measured: `make performance` writes both."""

from __future__ import annotations

from tests.bench import loop_table, performance_page
from tests.bench.loops import LOOPS


def test_the_table_is_made_of_the_figures_beside_it() -> None:
    assert performance_page.PAGE.read_text() == performance_page.page()


def test_every_loop_and_every_state_is_in_the_table() -> None:
    table = performance_page.table()
    found = loop_table.of_data(performance_page.figures_kept())
    assert {loop for loop, _ in found} == set(LOOPS)
    assert {len(measured) for measured in found.values()} == {4}
    assert all(what in table for what in LOOPS.values())
