# SPDX-License-Identifier: Apache-2.0
"""Each operator on each field of who acts, asked and negated, against processes that satisfy it and that do
not, with and without forebears: where the check is true, its clause is left.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lanner_engine.ast import Check, Expr, FieldRef, ListLiteral, Literal, Not
from lanner_engine.fields.model import HOST, User
from tests.engine.index import reading, soundness
from tests.engine.meaning.rules import rule
from tests.engine.plain_facts import PlainEvent, PlainProcess

NAMES = (b"sh", b"bash", b"")
NUMBERS = (b"-1", b"0", b"1", b"2", b"34816")
USERS = (b"root", b"daemon", b"other")
VALUES = {
    FieldRef("proc.aname"): NAMES,
    **{FieldRef("proc.aname", index): NAMES for index in (b"0", b"1", b"2")},
    **{FieldRef(f"user.{what}"): NUMBERS for what in ("uid", "loginuid")},
    **{FieldRef(f"user.{what}"): USERS for what in ("name", "loginname")},
    FieldRef("proc.tty"): NUMBERS,
}
ORDERS = ("<", "<=", ">", ">=")
MODIFIERS = (None, "anyof", "allof", "oneof")


def _checks(field: FieldRef) -> Iterator[Expr]:
    values = [Literal(value) for value in VALUES[field]]
    pairs = [ListLiteral(pair) for pair in itertools.combinations(values, 2)]
    for value in values:
        for operator in ("=", "==", "!=", *(ORDERS if VALUES[field] is NUMBERS else ())):
            yield Check(field, operator, value)
            yield from (Check(field, operator, ListLiteral((value,)), modifier) for modifier in MODIFIERS[1:])
    for listed in pairs:
        yield Check(field, "in", listed)
        yield from (Check(field, operator, listed, one) for operator in ("=", "!=") for one in MODIFIERS[1:])
    yield Check(field, "exists")


def _processes() -> Iterator[PlainProcess]:
    above = [None, *(PlainProcess(comm=name) for name in NAMES)]
    parents = [None, *(PlainProcess(comm=b"sh", parent=one) for one in above)]
    makers: list[tuple[PlainProcess, ...]] = [(), (PlainProcess(comm=b"bash"),)]
    for parent, creators in itertools.product(parents, makers):
        yield PlainProcess(comm=b"bash", parent=parent, creators=creators)
    for uid, login, tty in itertools.product((None, 0, 1, 7), (None, -1, 0, 1), (0, 34816, 34817)):
        yield PlainProcess(uid=uid, loginuid=login, tty=tty)


def _user(process: PlainProcess) -> User:
    names = reading.ACCOUNTS
    name = names.get(process.uid if process.uid is not None else 7, b"other")
    return User(
        name, b"/", b"/", names.get(process.loginuid if process.loginuid is not None else 7, b"other")
    )


EVENTS = [PlainEvent(process=process, user=_user(process)) for process in _processes()]
EVENTS += [
    replace(event, container=replace(HOST, id=b"0123456789ab"), user=User(b"daemon", b"/", b"/", b"root"))
    for event in EVENTS
]


@pytest.mark.parametrize("field", VALUES, ids=str)
def test_where_a_check_is_true_its_clause_is_left(field: FieldRef) -> None:
    checks = list(_checks(field))
    true = sum(
        soundness.no_rule_is_lost([rule(one)], EVENTS) for check in checks for one in (check, Not(check))
    )
    assert true > len(checks)
