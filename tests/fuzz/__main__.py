# SPDX-License-Identifier: Apache-2.0
"""`make fuzz FUZZ_SECONDS=…`: new cases, with new seeds, until the time is over or one fails.

A failing case is made small, printed, and kept in .hypothesis/, so that `make test` tries it first. In turns
with these, pairs of a rule and an event are judged by the kernel's own code: in_the_kernel.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from lanner_engine.ast import Expr
from tests.engine.index import near, near_texts, soundness
from tests.engine.meaning.random_conditions import EVENT
from tests.engine.meaning.rules import rule
from tests.engine.plain_facts import PlainEvent
from tests.fuzz import in_the_kernel, targets, written
from tests.fuzz.written import UNHURRIED

ROUND = 200  # cases of each kind with one seed


def main() -> None:
    until = time.monotonic() + float(os.environ.get("FUZZ_SECONDS", "60"))
    cases, in_kernel_s = 0, 0.0
    with in_the_kernel.stage() as stage:
        while time.monotonic() < until:
            drawn = random.SystemRandom().getrandbits(64)
            _round(drawn)
            cases += 3 * ROUND
            before = time.monotonic()
            in_the_kernel.some(stage, drawn)
            in_kernel_s += time.monotonic() - before
            left = max(0, until - time.monotonic())
            print(
                f"\r{cases} cases, {stage.tally.cases} in the kernel, {left:.0f} s left", end="", flush=True
            )
    found = stage.tally
    print(f"\n{cases} cases, none broke the engine")
    print(
        f"{found.cases} pairs of a rule and an event in the kernel, {found.cases / in_kernel_s * 60:.0f} a"
        f" minute: {found.true} are true, and none of these was held back; {found.cases - found.left} were"
    )


def _round(number: int) -> None:
    calm = settings(max_examples=ROUND, deadline=None, suppress_health_check=UNHURRIED)

    @seed(number)
    @calm
    @given(written.CONDITIONS)
    def conditions(text: str) -> None:
        targets.condition(text)

    @seed(number)
    @calm
    @given(written.FILES, st.lists(EVENT, min_size=1, max_size=3))
    def files(text: str, events: list[PlainEvent]) -> None:
        targets.rules_file(text, events)

    @seed(number)
    @calm
    @given(near.cases() | near.path_cases() | near_texts.call_cases() | near_texts.exec_cases())
    def index(case: tuple[list[Expr], Sequence[PlainEvent]]) -> None:
        drawn, events = case
        soundness.no_rule_is_lost([rule(condition) for condition in drawn], events)

    conditions()
    files()
    index()


if __name__ == "__main__":
    main()
