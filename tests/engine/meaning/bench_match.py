# SPDX-License-Identifier: Apache-2.0
"""What Program.match costs when no rule matches: `python -m tests.engine.meaning.bench_match` (target 1.5
us).
"""

from __future__ import annotations

import statistics
import timeit

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal, Not, Or
from lanner_engine.codegen.compile import Program, compile_rules
from lanner_engine.fields.facts import Container
from tests.engine.meaning.rules import rule
from tests.engine.plain_facts import PlainDescriptor, PlainEvent

RULES = 20
EVENT = PlainEvent(
    type="openat",
    open_read=True,
    container=Container(id=b"0123456789ab", full_id=b""),
    fd=PlainDescriptor(name=b"/usr/lib/x86_64-linux-gnu/libc.so.6"),
)


def _in(field: str, *values: str) -> Check:
    return Check(FieldRef(field), "in", ListLiteral(tuple(Literal(v.encode()) for v in values)))


def _open(number: int, path: Expr) -> Expr:
    """An open in a container, for reading, of some path, by anybody but a few."""
    return And(
        (
            _in("evt.type", "open", "openat", "openat2"),
            Check(FieldRef("evt.is_open_read"), "=", Literal(b"true")),
            path,
            Not(_in("proc.name", "sshd", f"cron{number}")),
            Check(FieldRef("container.id"), "!=", Literal(b"host")),
        )
    )


def prefix(number: int) -> Expr:
    return _open(number, Check(FieldRef("fd.name"), "startswith", Literal(b"/etc/x%d" % number)))


def three_ways(number: int) -> Expr:
    paths = (
        Check(FieldRef("fd.name"), "startswith", Literal(b"/etc/x%d" % number)),
        _in("fd.directory", "/root", f"/boot{number}"),
        Check(FieldRef("fd.filename"), "endswith", Literal(b".key%d" % number)),
    )
    return _open(number, Or(paths))


def substring(number: int) -> Expr:
    return _open(number, Check(FieldRef("fd.name"), "contains", Literal(b"secret%d" % number)))


def microseconds(program: Program, number: int = 50_000) -> float:
    """Median of nine rounds, per event."""
    return (
        statistics.median(timeit.repeat(lambda: program.match(EVENT), number=number, repeat=9)) / number * 1e6
    )


if __name__ == "__main__":
    for shape in (prefix, three_ways, substring):
        program = compile_rules([rule(shape(number)) for number in range(RULES)])
        print(f"{RULES} open rules, {shape.__name__}: {microseconds(program):.2f} us/event")
