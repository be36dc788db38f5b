# SPDX-License-Identifier: Apache-2.0
"""Hypothesis draws rules and deeds; the kernel's own code says of each event which rules it leaves, and every
rule that is true is among them. A fixed number of the cases that `make fuzz` draws without end.
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings

from lanner_engine.ast import Expr
from tests.kernel.conftest import Watch
from tests.kernel.drawing import ACTORS, CALM, CONDITIONS, Stage
from tests.kernel.drawn_deeds import Actor

DRAWN = 25
LEAST_CASES, LEAST_TRUE, LEAST_HELD = 10_000, 500, 2_000


# Of a case that fails: why it does is what is to be said.
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.usefixtures("known")
def test_what_is_true_is_among_the_candidates(watch: Watch, tmp_path: pathlib.Path) -> None:
    stage = Stage(watch, tmp_path)

    @settings(CALM, max_examples=DRAWN)
    @given(CONDITIONS, ACTORS)
    def drawn(conditions: Sequence[Expr], actors: Sequence[Actor]) -> None:
        stage.no_true_rule_is_held_back(conditions, actors)

    drawn()
    assert stage.tally.cases > LEAST_CASES
    assert stage.tally.true > LEAST_TRUE
    assert stage.tally.cases - stage.tally.left > LEAST_HELD
