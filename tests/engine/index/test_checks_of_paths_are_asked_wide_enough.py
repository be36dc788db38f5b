# SPDX-License-Identifier: Apache-2.0
"""Each operator on each part of a path, with every shape of value, against paths that hold the value with
something before and behind it: where the check is true, its clause is left.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lanner_engine.ast import Check, FieldRef, ListLiteral, Literal
from tests.engine.index import soundness
from tests.engine.meaning.rules import rule
from tests.engine.plain_facts import PlainDescriptor, PlainEvent

SINGLE = ("=", "startswith", "endswith", "contains", "glob")
LISTED = ("in", "pmatch")
FIELDS = ("fd.name", "fs.path.name", "fd.directory", "fd.filename")
VALUES = (
    *(b"/", b"e", b"/e", b"e/", b"/e/", b"etc", b"/etc", b"etc/", b"/etc/", b"//", b""),
    *(
        b"/etc/s",
        b"c/s",
        b"c/ssh",
        b"/etc/ssh",
        b"/etc/ssh/",
        b"/etc/ssh/k",
        b"/ssh/",
        b"h/k/c",
        b"/etc//ssh",
    ),
    *(b"longer_than_eight", b"/longer_than_eight", b"/etc/longer_than_eight/longer_still"),
    *(
        b"*",
        b"/etc*",
        b"/etc/*",
        b"*/ssh",
        b"*ssh",
        b"/*/ssh/*",
        b"/e?c/s*",
        b"/[e]tc/ssh",
        b"*t[c]",
        b"\\/etc",
    ),
)
HEADS = (b"", b"/x", b"/x/", b"/x/y/")
TAILS = (b"", b"x", b"/x", b"x/y")


def _checks() -> Iterator[Check]:
    for field in FIELDS:
        for value in map(Literal, VALUES):
            yield from (Check(FieldRef(field), operator, value) for operator in SINGLE)
            yield from (Check(FieldRef(field), operator, ListLiteral((value,))) for operator in LISTED)


def _paths() -> Iterator[bytes]:
    """Resolved: without empty names. Stars and the like stand for letters."""
    for value in VALUES:
        for head in HEADS:
            for tail in TAILS:
                text = head + value.translate(bytes.maketrans(b"*?", b"zt"), b"[]\\") + tail
                yield b"/" + b"/".join(filter(None, text.split(b"/")))


EVENTS = [
    PlainEvent(
        type="openat",
        result=3,
        open_read=True,
        open_write=False,
        fd=PlainDescriptor(name=path, typechar=letter, type=kind),
    )
    for path in sorted(set(_paths()))
    for letter, kind in ((b"f", b"file"), (b"d", b"directory"))
]


@pytest.mark.parametrize("field", FIELDS)
def test_where_a_check_is_true_its_clause_is_left(field: str) -> None:
    checks = [check for check in _checks() if check.left == FieldRef(field)]
    true = sum(soundness.no_rule_is_lost([rule(check)], EVENTS) for check in checks)
    assert true > len(checks)
