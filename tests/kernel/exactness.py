# SPDX-License-Identifier: Apache-2.0
"""Each test of an event is done four times: as it is written; with rules that want exactly its events and
others that just miss them, beside one that wants everything, so that the records say what the kernel thought
of each; with those alone that want them, where the test must pass as before; and with those alone that miss
them, where none of these events may come.

Of every record of the second time: a rule that is true of it is among the candidates; and of the events that
a rule wants, its near misses are not, where the index says that it knows the field (exact_fields).
"""

from __future__ import annotations

import pathlib
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final, cast

import pytest

from lanner_agent.decode.event import Event
from lanner_engine.ast import And, Check, FieldRef, ListLiteral, Literal
from lanner_engine.index.tables import Tables, build
from lanner_engine.parser.printer import print_condition
from lanner_engine.program.rule import CheckedRule
from lanner_engine.reference.evaluate import evaluate
from tests.kernel import exact_rules, exact_tests, judging, restoring
from tests.kernel.exact_rules import Miss, Wanted, rule
from tests.kernel.sifting import identify

if TYPE_CHECKING:
    from tests.kernel.conftest import Watch

MAX_WANTED: Final = 200  # shapes of events of one test
MAX_MISSED: Final = 5  # of these, near misses of which are in force at once
# The index asks who acts of the first 64 clauses of a class, so these near misses come first.
_ACTORS: Final = frozenset({"user.uid", "user.name", "user.loginuid", "proc.tty", "proc.aname.2"})


def prepared(item: pytest.Function) -> Callable[[], None]:
    """Before the test: what is to be done behind it."""
    watch = cast("Watch | None", item.funcargs.get("watch"))
    folder = item.funcargs.get("tmp_path")
    if watch is None or not exact_tests.is_done_again(item):
        return lambda: None
    item._request.getfixturevalue("known")
    restore = restoring.keeper(folder) if isinstance(folder, pathlib.Path) else _nothing
    return _Again(item, watch, restore).done


def _nothing() -> None:
    """A test without a folder of its own changes none."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What arrived under rules. `failure`: of the test."""

    rules: Sequence[CheckedRule]
    tables: Tables
    events: Sequence[Event]
    failure: str


@dataclass(frozen=True, slots=True)
class _Again:
    """One test."""

    item: pytest.Function
    watch: Watch
    restore: Callable[[], None]

    def done(self) -> None:
        wanted = _wanted(self.watch.seen, self.item.name)
        if not wanted:
            return
        asked = wanted[:MAX_MISSED]
        self._judged(asked)
        self._wanted_alone(wanted)
        self._missed_alone(asked)

    def _judged(self, wanted: Sequence[Wanted]) -> None:
        """What the records say of all these rules. Events of other types were not asked about."""
        misses = sorted(chain.from_iterable(one.misses for one in wanted), key=_late)
        types = {event.type for event in self.watch.seen}
        rules = [*(miss.rule for miss in misses), *(one.exact for one in wanted), _everything(types)]
        seen = self._under(rules)
        assert not seen.failure, f"fails with an index that lets everything through: {seen.failure}"
        judged = [event for event in seen.events if event.type in types]
        came: set[int] = set()
        for event in judged:
            true, left = judging.true(rules, event), judging.left(rules, seen.tables, event)
            assert true <= left, f"held back though true: {judging.written(rules, true - left)}"
            self._none_is_left(seen, event, wanted, left)
            came |= true
        never = frozenset(range(len(misses), len(rules) - 1)) - came
        if never:
            self._came_by_chance(rules, never, types)
            assert len(never) < len(wanted), "nothing that it does comes again"

    def _came_by_chance(self, rules: Sequence[CheckedRule], never: frozenset[int], types: set[str]) -> None:
        """These events, which came the first time only: collected garbage, a library that was loaded. What
        the test does comes once more without the other rules, and then they have kept it back.
        """
        again = self._under([_everything(types)]).events
        lost = frozenset(
            one for one in never if any(evaluate(rules[one].condition, event) for event in again)
        )
        assert not lost, f"comes without these rules, but not with them: {judging.written(rules, lost)}"

    def _wanted_alone(self, wanted: Sequence[Wanted]) -> None:
        seen = self._under([one.exact for one in wanted])
        assert not seen.failure, f"fails with rules that want exactly its events: {seen.failure}"

    def _missed_alone(self, wanted: Sequence[Wanted]) -> None:
        """The test fails, as its events do not come, unless what just misses one may want another."""
        seen = self._under([miss.rule for one in wanted for miss in one.misses if miss.may_be_decided])
        for event in seen.events:
            self._none_is_left(seen, event, wanted, judging.left(seen.rules, seen.tables, event))

    def _none_is_left(
        self, seen: _Seen, event: Event, wanted: Sequence[Wanted], left: frozenset[int]
    ) -> None:
        """Of the near misses of rules that want the event."""
        twins = [one for one in wanted if evaluate(one.exact.condition, event)]
        near = {id(miss.rule): miss.field for one in twins for miss in one.misses if miss.is_decided(event)}
        passed = frozenset(number for number in left if id(seen.rules[number]) in near)
        fields = ", ".join(sorted(near[id(seen.rules[number])] for number in passed))
        assert not passed, f"not held back by {fields}: {judging.written(seen.rules, passed)}"

    def _under(self, rules: Sequence[CheckedRule]) -> _Seen:
        watch, tables = self.watch, build(rules)
        self.restore()
        while watch.probes.drain():
            pass
        users = {uid: b"u%d" % uid for event in watch.seen if (uid := event.process.uid) is not None}
        watch.seen = []
        assert watch.probes.hold_back(tables, identify, users) == ""
        try:
            failure = self._failure()
            watch.everything()
        finally:
            watch.probes.hold_back(None)
        return _Seen(rules, tables, [one for one in watch.seen if isinstance(one, Event)], failure)

    def _failure(self) -> str:
        """Of the test, as text: what it leaves open is closed with it."""
        arguments = {name: self.item.funcargs[name] for name in self.item._fixtureinfo.argnames}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            try:
                self.item.obj(**arguments)
            except Exception:
                return traceback.format_exc()
        return ""


def _wanted(seen: Sequence[object], turn: str) -> list[Wanted]:
    """Of events of one shape one; first one of each type, then a second."""
    found: dict[str, Wanted] = {}
    place: dict[str, int] = {}
    number: dict[str, int] = {}
    for event in seen:
        if isinstance(event, Event) and not exact_tests.is_by_the_way(event):
            one = exact_rules.of_event(event, turn)
            text = print_condition(one.exact.condition)
            if text not in found:
                found[text], place[text] = one, number.get(event.type, 0)
                number[event.type] = place[text] + 1
    return [found[text] for text in sorted(found, key=place.__getitem__)[:MAX_WANTED]]


def _late(miss: Miss) -> bool:
    return miss.field not in _ACTORS


def _everything(types: set[str]) -> CheckedRule:
    named = ListLiteral(tuple(Literal(one.encode()) for one in sorted(types)))
    other = Check(FieldRef("proc.name"), "!=", Literal(b"no such name"))
    return rule(And((Check(FieldRef("evt.type"), "in", named), other)))
