# SPDX-License-Identifier: Apache-2.0
"""What `make fuzz` asks the kernel's own code: drawn rules are its index, drawn deeds are done."""

from __future__ import annotations

import pathlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hypothesis import given, seed, settings

from lanner_agent.kernel.probes import Probes
from lanner_engine.ast import Expr
from tests.kernel import scope
from tests.kernel.conftest import ALL, ASKED, Watch
from tests.kernel.drawing import ACTORS, CALM, CONDITIONS, Stage
from tests.kernel.drawn_deeds import Actor
from tests.kernel.sifting import Sieve

ROUND = 20  # drawn sets of rules and of deeds with one seed


@contextmanager
def stage() -> Iterator[Stage]:
    """The probes on the running kernel, which see what is drawn and nothing else."""
    with scope.entered() as own, tempfile.TemporaryDirectory() as folder:
        probes = Probes.load(scope=own)
        try:
            probes.subscribe(ALL, ALL, ASKED)
            probes.scan()
            watch = Watch(probes)
            Sieve(watch).learn()
            yield Stage(watch, pathlib.Path(folder))
        finally:
            probes.close()


def some(stage: Stage, number: int) -> None:
    """`number` is the seed."""

    @seed(number)
    @settings(CALM, max_examples=ROUND)
    @given(CONDITIONS, ACTORS)
    def drawn(conditions: Sequence[Expr], actors: Sequence[Actor]) -> None:
        stage.no_true_rule_is_held_back(conditions, actors)

    drawn()
