# SPDX-License-Identifier: Apache-2.0
"""Cases on compiled rules: what fired, and what is not as it was expected, with the reasons.

Each event is judged twice, by the code that the agent runs and by the reference evaluator; where these two
differ, the case fails and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lanner_engine.ast import FieldRef, Operand
from lanner_engine.cases.suite import Case, Expected, Suite
from lanner_engine.codegen.compile import Program
from lanner_engine.diagnostics import suggest, visible
from lanner_engine.explain import reasons
from lanner_engine.explain.answers import answers
from lanner_engine.explain.written import Book
from lanner_engine.facts.reading import Told
from lanner_engine.facts.said import Event
from lanner_engine.fields import model, table
from lanner_engine.fields.reading import reader
from lanner_engine.program.rule import CheckedRule
from lanner_engine.reference.evaluate import evaluate
from lanner_engine.reference.extraction import extract
from lanner_engine.source import Diagnostic, Span

UNKNOWN_RULE: Final = "CASE_ERR_RULE"
_MESSAGE: Final = 400  # characters of an alert that are shown
_EXPLAINED: Final = 3  # events of a case


@dataclass(frozen=True, slots=True)
class Failure:
    """One sentence, and the lines that show why."""

    message: str
    span: Span
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """`fired` are the names of rules, each once."""

    case: Case
    fired: tuple[str, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """The rules of a suite: as the agent runs them, all that are true of an event, and as they are
    written.
    """

    program: Program
    every: Program
    book: Book

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(rule.name for rule in self.program.rules)


class _Known:
    """An event that a case tells: everything is known, if only that it is absent."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._nothing = Event(told.event.type)

    def knows(self, _ref: FieldRef) -> bool:
        return True

    def read(self, operand: Operand) -> object:
        return extract(operand, self._told.event)

    def shown(self, ref: FieldRef) -> str:
        """The value, and whether it is only a default."""
        name, found = table.spelling(ref), reader(ref)(self._told.event)
        told = self._told.whole or name in self._told.fields
        untold = not told and found == reader(ref)(self._nothing)
        return f"{name}: {reasons.value(ref, found)}" + (", which the event does not tell" if untold else "")


def run(case: Case, bench: Bench) -> Outcome:
    """Every event by itself; the alerts of all of them together are compared with those expected."""
    fired: dict[str, list[tuple[int, CheckedRule]]] = {}
    failures: list[Failure] = []
    for number, told in enumerate(case.events):
        for rule in bench.program.match(told.event):
            fired.setdefault(rule.name, []).append((number, rule))
        failures += _disagreements(told, bench)
    failures += _missing(case, fired, bench)
    failures += _unexpected(case, fired, bench)
    for expected in case.alerts:
        failures += _different(case, expected, fired.get(expected.rule, ()))
    return Outcome(case, tuple(fired), tuple(failures))


def _disagreements(told: Told, bench: Bench) -> Iterator[Failure]:
    compiled = {id(rule) for rule in bench.every.match(told.event)}
    for rule in bench.every.rules:
        wanted = _reference(rule, told.event)
        if wanted != (id(rule) in compiled):
            said = "true" if wanted else "false"
            message = (
                f"a bug in lanner: rule {rule.name} is {said} by the reference evaluator and not by the code "
                "that the agent runs; please report it with this case"
            )
            yield Failure(message, told.span)


def _reference(rule: CheckedRule, event: model.Event) -> bool:
    if event.type not in rule.event_types or (
        rule.scope is not None and not rule.scope.admits(event.container)
    ):
        return False
    return evaluate(rule.condition, event)


def _missing(case: Case, fired: dict[str, list[tuple[int, CheckedRule]]], bench: Bench) -> Iterator[Failure]:
    for expected in case.alerts:
        if expected.rule not in fired:
            lines = [
                line
                for number in _nearest(case, expected.rule, bench)
                for line in _why(case, number, expected.rule, bench)
            ]
            yield Failure(f"expected, but silent: {expected.rule}", expected.span, tuple(lines))


def _nearest(case: Case, name: str, bench: Bench) -> Sequence[int]:
    """The events of which it is shown why a rule is silent: of many, the first on which it could be true."""
    every = range(len(case.events))
    if len(every) <= _EXPLAINED:
        return every
    types = frozenset[str]().union(*(one.event_types for one in bench.every.rules if one.name == name))
    return [number for number in every if case.events[number].event.type in types][:_EXPLAINED]


def _unexpected(
    case: Case, fired: dict[str, list[tuple[int, CheckedRule]]], bench: Bench
) -> Iterator[Failure]:
    expected = {one.rule for one in case.alerts}
    for name, times in fired.items():
        if name not in expected:
            number, _ = times[0]
            near = case.near is not None and case.near.rule == name
            what = "a near miss that is none" if near else "not expected"
            yield Failure(f"fired, but {what}: {name}", case.span, tuple(_why(case, number, name, bench)))


def _why(case: Case, number: int, name: str, bench: Bench) -> Iterator[str]:
    """Why a rule is true of an event, or is not."""
    told = case.events[number]
    yield f"rule {name} on {_event(case, number)}:"
    rules = [rule for rule in bench.every.rules if rule.name == name]
    for rule in rules[:1]:
        yield from _reasons(rule, told, bench)


def _event(case: Case, number: int) -> str:
    which = "the event" if len(case.events) == 1 else f"event {number + 1} of {len(case.events)}"
    return f"{which} ({case.events[number].event.type})"


def _reasons(rule: CheckedRule, told: Told, bench: Bench) -> Iterator[str]:
    event = told.event
    if rule.scope is not None and not rule.scope.admits(event.container):
        where = "on the host" if event.container.id == b"host" else "in this container"
        yield f"false    the object that has the rule says that it does not hold {where}"
        return
    written = bench.book.rule(rule.name, rule.owner_key)
    if written is None:
        return
    known = _Known(told)
    answer = answers(written, known)
    yield from reasons.lines(answer, known.shown)
    if answer.outcome and event.type not in rule.event_types:
        yield f"false    {event.type} is a hot call: it is an event of rules that name it in evt.type"
    elif answer.outcome and rule not in bench.program.match(event):
        first = ", ".join(one.name for one in bench.program.match(event))
        yield f"         an earlier rule is reported instead: {first} (--match all reports both)"


def _different(case: Case, expected: Expected, times: Sequence[tuple[int, CheckedRule]]) -> Iterator[Failure]:
    """What the alert says otherwise; one of several may say it."""
    found = [list(_differences(expected, rule, case.events[number].event)) for number, rule in times]
    if found and all(found):
        yield from found[0]


def _differences(expected: Expected, rule: CheckedRule, event: model.Event) -> Iterator[Failure]:
    message = rule.output.render(event).decode("utf-8", "replace")
    if expected.output not in message:
        lines = (f"expected {_line(expected.output)}", f"in       {_line(message)}")
        yield Failure(f"the output of {rule.name} does not hold the text", expected.span, lines)
    values = rule.output.values(event)
    for name, (wanted, span) in expected.fields.items():
        if name not in values:
            hint = f"it has {_line(', '.join(values))}"
            yield Failure(f"the output of {rule.name} has no field {name}", span, (hint,))
        elif (found := _text(values[name])) != wanted:
            lines = (f"expected {_shown(wanted)}", f"is       {_shown(found)}")
            yield Failure(f"{name} in the alert of {rule.name} is another", span, lines)


def _text(value: object) -> str | None:
    """As JSON would show it, without quotes."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, tuple):
        return " ".join(filter(None, map(_text, value)))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shown(value: str | None) -> str:
    return "absent" if value is None else _line(value) or '""'


def _line(text: str) -> str:
    return reasons.cut(visible(text), _MESSAGE)


def unknown(suite: Suite, bench: Bench) -> Iterator[Diagnostic]:
    """Cases that name rules which are not there."""
    for case in suite.cases:
        for one in (*case.alerts, *((case.near,) if case.near else ())):
            if one.rule not in bench.names:
                hint = suggest(one.rule, bench.names)
                yield Diagnostic("error", UNKNOWN_RULE, f"there is no rule {one.rule}", one.span, hint)
