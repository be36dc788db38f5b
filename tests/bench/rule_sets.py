# SPDX-License-Identifier: Apache-2.0
"""Sets of rules of one event class, in shapes that people write, and the events they are asked of.

 Every rule asks for an open for
reading in a container; what else it asks gives the set its name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, Not, Or
from lanner_engine.fields.model import Container
from lanner_engine.program.rule import CheckedRule
from tests.engine.meaning.rules import rule
from tests.engine.plain_facts import PlainDescriptor, PlainEvent, PlainProcess

Shape = Callable[[int], Expr]


def check(field: str, operator: str, value: str) -> Check:
    return Check(FieldRef(field), operator, Literal(value.encode()))


def among(field: str, *values: str) -> Check:
    return Check(FieldRef(field), "in", ListLiteral(tuple(Literal(value.encode()) for value in values)))


def _open(number: int, asked: Expr, write: bool = False) -> Expr:
    """An open in a container by anybody but a few."""
    return And(
        (
            among("evt.type", "open", "openat", "openat2"),
            check(f"evt.is_open_{'write' if write else 'read'}", "=", "true"),
            asked,
            Not(among("proc.name", "sshd", f"cron{number}")),
            check("container.id", "!=", "host"),
        )
    )


def prefix(number: int) -> Expr:
    return _open(number, check("fd.name", "startswith", f"/etc/x{number}"))


def substring(number: int) -> Expr:
    return _open(number, check("fd.name", "contains", f"secret{number}"))


def name(number: int) -> Expr:
    return _open(number, among("proc.name", f"tool{number}", f"tool{number + 1}"))


def three_ways(number: int) -> Expr:
    paths = (
        check("fd.name", "startswith", f"/etc/x{number}"),
        among("fd.directory", "/root", f"/boot{number}"),
        check("fd.filename", "endswith", f".key{number}"),
    )
    return _open(number, Or(paths))


def pattern(number: int) -> Expr:
    return _open(number, check("fd.name", "glob", f"/home/*/.secret{number}/*"))


def expression(number: int) -> Expr:
    return _open(number, check("fd.name", "regex", f"/(home|root)/[^/]+/\\.secret{number}/.*"))


def mixed(number: int) -> Expr:
    """All of these, reading and writing, inside containers and anywhere: nothing is common to neighbours."""
    made = (prefix, substring, name, three_ways, pattern)[number % 5](number)
    assert isinstance(made, And)
    parts = list(made.children)
    if number % 3 == 0:
        parts[1] = check("evt.is_open_write", "=", "true")
    return And(tuple(parts[:4] if number % 2 else parts))


SHAPES: tuple[Shape, ...] = (prefix, substring, name, three_ways, pattern, expression, mixed)


def rules(shape: Shape, number: int) -> Sequence[CheckedRule]:
    return [rule(shape(one), f"{shape.__name__} {one}") for one in range(number)]


def opened(path: bytes) -> PlainEvent:
    """An open for reading in a container, on which all is true that every rule asks."""
    return PlainEvent(
        type="openat",
        open_read=True,
        open_write=False,
        container=Container(id=b"0123456789ab", full_id=b""),
        fd=PlainDescriptor(name=path),
    )


LIBRARY = opened(b"/usr/lib/x86_64-linux-gnu/libc.so.6")  # no rule is about it
NEAR = replace(opened(b"/etc/x7/secret5/.key9"), process=PlainProcess(comm=b"sshd"))  # only the name is wrong
