# SPDX-License-Identifier: Apache-2.0
"""Many rules at once: look-ups name every rule that an event leaves possible, and only those are asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanner_engine.ast import And, Check, Expr, FieldRef, Literal, Not
from lanner_engine.codegen import functions, lookups
from lanner_engine.codegen.compile import compile_rules
from lanner_engine.codegen.lookups import Part
from lanner_engine.reference.evaluate import evaluate
from tests.engine.meaning.random_conditions import CONDITION, EVENT, check, conditions
from tests.engine.meaning.rules import rule
from tests.engine.plain_facts import PlainDescriptor, PlainEvent, PlainProcess

KEYS = st.binary(max_size=3) | st.sampled_from([b"/etc", b"/etc/", b"/etc/a", b"a", b"ab", b"aba", b"B"])
MASKS = st.dictionaries(KEYS, st.integers(0, 20).map(lambda number: 1 << number), max_size=12)
VALUES = KEYS | st.lists(KEYS, max_size=4).map(b"".join)
TEXTS = ["proc.name", "proc.exe", "fd.name", "fd.filename", "proc.pname", "user.uid", "k8s.ns.name"]
ASKED: st.SearchStrategy[Check] = check(st.sampled_from([FieldRef(name) for name in TEXTS]))


@pytest.fixture
def always_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "MANY", 1)
    monkeypatch.setattr(functions, "FEW", 1)


def _union(masks: dict[bytes, int], values: Iterator[bytes]) -> int:
    found = 0
    for key in values:
        found |= masks[key]
    return found


@settings(max_examples=400, deadline=None)
@given(MASKS, VALUES)
def test_beginnings_and_ends_are_all_found(masks: dict[bytes, int], value: bytes) -> None:
    assert lookups.prefixes(masks)(value) == _union(masks, (key for key in masks if value.startswith(key)))
    assert lookups.suffixes(masks)(value) == _union(masks, (key for key in masks if value.endswith(key)))


@settings(max_examples=200, deadline=None)
@given(MASKS, VALUES, st.booleans())
def test_parts_are_all_found(masks: dict[bytes, int], value: bytes, any_case: bool) -> None:
    keys = {key: mask for key, mask in masks.items() if key and key.isascii()}
    found = lookups.parts({Part(key, any_case): mask for key, mask in keys.items()})(value)
    text = value.lower() if any_case else value
    assert found == _union(keys, (key for key in keys if (key.lower() if any_case else key) in text))


def test_an_automaton_without_room_leaves_every_rule_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "MEMORY", 1 << 12)
    find = lookups.parts({Part(b"x" * 200): 1, Part(b"y" * 200): 2})
    assert find(b"x" * 200) & 1
    assert find(b"y" * 200) & 2


def test_long_texts_are_spread_over_automata() -> None:
    masks = {Part(b"%d " % number * 40): 1 << number for number in range(400)}
    find = lookups.parts(masks)
    assert all(find(b"-" + part.text + b"-") & mask for part, mask in masks.items())
    assert find(b"nothing of that") == 0


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(conditions(ASKED, 4) | CONDITION, min_size=2, max_size=8),
    st.lists(EVENT, min_size=1, max_size=4),
)
def test_the_first_true_rule_is_found(
    always_look_up: None, rules: list[Expr], events: list[PlainEvent]
) -> None:
    made = [rule(condition) for condition in rules]
    program = compile_rules(made)
    for event in events:
        wanted = next(((r,) for r, c in zip(made, rules, strict=True) if evaluate(c, event)), ())
        assert program.match(event) == wanted


class _Counting(PlainEvent):
    __slots__ = ()
    reads: list[str] = []  # noqa: RUF012  a test's own

    @property
    def hostname(self) -> bytes:
        self.reads.append("asked")
        return b"node"


def _rules(number: int) -> list[Expr]:
    return [
        And(
            (
                Check(FieldRef("fd.name"), "startswith", Literal(b"/etc/x%d/" % one)),
                Not(Check(FieldRef("evt.hostname"), "!=", Literal(b"other%d" % one))),
            )
        )
        for one in range(number)
    ]


def _event(path: bytes) -> _Counting:
    made = object.__new__(_Counting)
    for name, value in {"type": "open", "fd": PlainDescriptor(name=path), "process": PlainProcess()}.items():
        object.__setattr__(made, name, value)
    return made


@pytest.mark.parametrize(("path", "asked"), [(b"/usr/lib/x", 0), (b"/etc/x7/a", 1), (b"/etc/x77/", 1)])
def test_of_a_thousand_rules_only_the_possible_ones_are_asked(path: bytes, asked: int) -> None:
    program = compile_rules([rule(condition) for condition in _rules(1_000)])
    _Counting.reads.clear()
    assert program.match(_event(path)) == ()
    assert len(_Counting.reads) == asked


def test_automata_of_many_functions_have_one_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that tells all types apart makes a function for each, and each would have automata."""
    made: list[object] = []
    real = lookups.parts

    def counted(masks: Mapping[Part, int]) -> lookups.Lookup:
        made.append(masks)
        return real(masks)

    monkeypatch.setattr(lookups, "parts", counted)
    monkeypatch.setattr(functions, "MAX_LOOKED_FOR", 3 * 12 * len("text00"))
    types = ["chmod", "mkdir", "rmdir", "rename", "unlink"]
    apart = [
        And(
            (
                Check(FieldRef("evt.type"), "=", Literal(name.encode())),
                Check(FieldRef("proc.name"), "=", Literal(b"x")),
            )
        )
        for name in types
    ]
    asked = [
        rule(Check(FieldRef("proc.exe"), "contains", Literal(b"text%02d" % number))) for number in range(12)
    ]
    program = compile_rules([*map(rule, apart), *asked])
    for name in types:
        event = PlainEvent(type=name, process=PlainProcess(exe=b"a text07 b"))
        assert program.match(event) == (asked[7],)
    assert len(made) == 3


def test_rules_that_no_table_can_name_keep_their_place() -> None:
    anywhere = [rule(Not(Check(FieldRef("proc.name"), "=", Literal(b"x%d" % one)))) for one in range(40)]
    named = [rule(Check(FieldRef("proc.exe"), "=", Literal(b"/bin/%d" % one))) for one in range(40)]
    mixed = [one for pair in zip(named, anywhere, strict=True) for one in pair]
    program = compile_rules(mixed)
    assert program.match(PlainEvent(process=PlainProcess(exe=b"/bin/0"))) == (named[0],)
    assert program.match(PlainEvent(process=PlainProcess(exe=b"/bin/7"))) == (anywhere[0],)
    assert program.match(PlainEvent(process=PlainProcess(exe=b"/bin/1", comm=b"x0"))) == (named[1],)
    assert program.match(PlainEvent(process=PlainProcess(exe=b"/bin/9", comm=b"x0"))) == (anywhere[1],)
