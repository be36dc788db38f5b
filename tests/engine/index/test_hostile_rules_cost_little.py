# SPDX-License-Identifier: Apache-2.0
"""Rules written to be expensive: their clauses are few, found soon, and take little memory; what has no room
is asked less, and neither lost nor paid for by other rules.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Sequence
from unittest import mock

import pytest

from lanner_engine import steps
from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, Or
from lanner_engine.index import names, room, tables
from lanner_engine.index.clauses import INSIDE
from lanner_engine.index.names import Names
from lanner_engine.objects.verdicts import check_objects
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import RuleObject
from tests.engine.cost import shapes
from tests.engine.meaning.loading import load, rule_text
from tests.engine.meaning.rules import rule
from tests.engine.meaning.test_hostile_rules_cost_little import LOADED

SECONDS = 5  # measured below 1 with nothing else to do
BYTES = 64 << 20


def _check(field: str, operator: str, *values: str) -> Check:
    items = tuple(Literal(value.encode()) for value in values)
    return Check(FieldRef(field), operator, ListLiteral(items) if operator == "in" else items[0])


def _product(levels: int) -> Expr:
    """Eight ways on each level, each in two dimensions: written out eight to the power of the levels."""
    return And(
        tuple(
            Or(
                tuple(
                    And(
                        (
                            _check("proc.name", "!=", f"a{level}{way}"),
                            _check("fd.name", "endswith", f"/{way}"),
                        )
                    )
                    for way in range(8)
                )
            )
            for level in range(levels)
        )
    )


def _nested(levels: int) -> Expr:
    found: Expr = _check("proc.name", "=", "a")
    for level in range(levels):
        asked = And((found, _check("fd.filename", "=", f"x{level}")))
        found = Or((asked, _check("proc.pname", "=", f"b{level}")))
    return found


def _deep(levels: int) -> Expr:
    """Sums of products of sums: each level holds the one below twice."""
    found: Expr = _check("proc.name", "=", "a")
    for level in range(levels):
        one = And((found, _check("fd.directory", "=", f"/x{level}")))
        other = And((found, _check("proc.pname", "=", f"b{level}")))
        found = Or((one, other))
    return found


def _loaded(text: str) -> Callable[[], Sequence[CheckedRule]]:
    return lambda: load(text).rules


def _names(rules: int, values: int) -> Sequence[CheckedRule]:
    return [
        rule(_check("proc.name", "in", *(f"n{number}-{value}" for value in range(values))))
        for number in range(rules)
    ]


def _paths(rules: int, values: int) -> Sequence[CheckedRule]:
    return [
        rule(_check("fd.name", "in", *(f"/a{number}/b{value}/c{value * number}" for value in range(values))))
        for number in range(rules)
    ]


CASES: dict[str, Callable[[], Sequence[CheckedRule]]] = {
    **{name: _loaded(text) for name, text in LOADED.items()},
    "a product": lambda: [rule(_product(40))],
    "nested": lambda: [rule(_nested(190))],
    "twice on each level": lambda: [rule(_deep(8))],
    "ten thousand names in each of ten": lambda: _names(10, 10_000),
    "ten thousand paths in each of ten": lambda: _paths(10, 10_000),
    "a thousand rules of a hundred names": lambda: _names(1_000, 100),
    "types told apart": lambda: (
        load(
            rule_text(
                " or ".join(
                    f"(evt.type = {name} and proc.name = a{number})"
                    for number in range(40)
                    for name in ("open", "openat", "execve", "connect", "unlink", "chmod", "ptrace", "clone")
                )
            )
        ).rules
    ),
}


def _peak(rules: Sequence[CheckedRule]) -> int:
    tracemalloc.start()
    try:
        tables.build(rules)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("made", CASES.values(), ids=CASES)
def test_the_tables_are_made_soon_and_small(made: Callable[[], Sequence[CheckedRule]]) -> None:
    rules = made()
    start = time.process_time()
    built = tables.build(rules)
    assert time.process_time() - start < SECONDS
    assert _peak(rules) < BYTES
    assert tables.rows_of(built) <= tables.MAX_ROWS
    named = {name for one in built.values() for by in (one.name, one.parent) for name in by.values}
    assert len(named) <= room.MAX_VALUES


_WAYS = [f"(proc.name != a%dx{way} and proc.pname != b%dx{way})" for way in range(8)]
PRODUCT = " and ".join(f"({' or '.join(_WAYS)})".replace("%d", str(level)) for level in range(12))
NUMBERS = " and ".join(
    f"evt.rawarg.{name} != 77" for name in ("flags", "dirfd", "size", "pid", "length", "mode", "uid", "gid")
)


def _of_namespace(name: str, *conditions: str) -> RuleObject:
    rules = [shapes.rule(f"R{number}", condition) for number, condition in enumerate(conditions)]
    return shapes.tenant({"rules": rules}, name)


def test_rules_of_a_namespace_take_their_own_time_only() -> None:
    hostile = _of_namespace("hostile", *(f"{NUMBERS} and {PRODUCT}" for _ in range(3)), "proc.name = late")
    checked = check_objects([hostile, _of_namespace("other", "evt.type = openat and (proc.name = x)")])
    start = time.process_time()
    with mock.patch.object(steps, "INDEX", 500_000):
        built = tables.build([*checked.namespaces["hostile"], *checked.namespaces["other"]])
    assert time.process_time() - start < SECONDS
    clauses = [one for shared in built["open"].clauses for one in shared]
    assert Names(frozenset({b"x"}), False) in [one.name for one in clauses]
    assert any(one.name == names.ANY and one.container == INSIDE for one in clauses)


def test_a_long_list_takes_nothing_from_a_short_one() -> None:
    short = rule(_check("proc.name", "in", "a", "b"))
    (long,) = _names(1, room.MAX_VALUES)
    by_name = tables.build([long, short])["open"].name
    assert sorted(by_name.values) == [b"a", b"b"]
    own = by_name.values[b"a"] & ~by_name.default
    assert own.bit_count() == by_name.default.bit_count() == 1
