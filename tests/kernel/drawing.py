# SPDX-License-Identifier: Apache-2.0
"""Drawn rules against the kernel's own code: they are its index, drawn processes act, and each record says
which rules the kernel left; the exact evaluator says which are true, and none of those may be missing.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from lanner_agent.decode.event import Event
from lanner_agent.decode.session import Session
from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal
from lanner_engine.fields.tables.event_names import EVENT_NAMES
from lanner_engine.index.tables import build
from lanner_engine.program.rule import CheckedRule
from tests.engine.index.reading import ACCOUNTS
from tests.engine.meaning.rules import rule
from tests.kernel import drawn_deeds, drawn_rules, judging
from tests.kernel.answers import Answers
from tests.kernel.drawn_deeds import Actor
from tests.kernel.sifting import identify

if TYPE_CHECKING:
    from tests.kernel.conftest import Watch

CONDITIONS = st.lists(drawn_rules.CONDITION, min_size=20, max_size=60)
ACTORS = drawn_deeds.ACTORS
# A failing case says which rule it is about; to make it small would take minutes of real deeds.
CALM = settings(
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)


@dataclass(slots=True)
class Tally:
    """Pairs of a rule and an event that were judged: all, those that are true, those not held back."""

    cases: int = 0
    true: int = 0
    left: int = 0


class Stage:
    """Where drawn processes act. `tally`: what came of all that was drawn."""

    def __init__(self, watch: Watch, folder: pathlib.Path) -> None:
        self._watch, self._folder = watch, folder
        watch.session = Session(Answers(user=drawn_deeds.user), kept=watch.probes.kept)
        self.tally = Tally()

    def no_true_rule_is_held_back(self, conditions: Sequence[Expr], actors: Sequence[Actor]) -> None:
        rules = [*(rule(one) for one in conditions), _everything()]
        tables = build(rules)
        with self._acting(actors) as go:
            while self._watch.probes.drain():
                pass
            assert self._watch.probes.hold_back(tables, identify, ACCOUNTS) == ""
            try:
                go()
                events = [one for one in self._watch.everything() if isinstance(one, Event)]
            finally:
                self._watch.probes.hold_back(None)
        assert events
        for event in events:
            self._judge(rules, event, judging.left(rules, tables, event))

    def _judge(self, rules: Sequence[CheckedRule], event: Event, left: frozenset[int]) -> None:
        true = judging.true(rules, event)
        self.tally.cases += len(rules) - 1
        self.tally.true += len(true) - 1
        self.tally.left += len(left) - 1
        assert true <= left, f"{event.type} is held back from {judging.written(rules, true - left)}"

    @contextmanager
    def _acting(self, actors: Sequence[Actor]) -> Iterator[Callable[[], None]]:
        """A process that is ready to act; it does when it is asked to, and has ended behind that."""
        asked, ask = os.pipe()
        ready, tell = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                os.close(ask)
                proc = drawn_deeds.stage(self._folder)
                os.write(tell, b".")
                if os.read(asked, 1):
                    drawn_deeds.act(actors, proc)
            finally:
                os._exit(0)
        os.close(tell)
        os.close(asked)

        def go() -> None:
            os.write(ask, b".")
            os.waitpid(pid, 0)

        try:
            assert os.read(ready, 1), "the stage could not be set up"
            yield go
        finally:
            os.close(ask)
            os.close(ready)


def _everything() -> CheckedRule:
    """So that every record says what the kernel thinks of the other rules."""
    named = ListLiteral(tuple(Literal(one.encode()) for one in sorted(EVENT_NAMES)))
    other = Check(FieldRef("proc.name"), "!=", Literal(b"no such name"))
    return rule(And((Check(FieldRef("evt.type"), "in", named), other)))
