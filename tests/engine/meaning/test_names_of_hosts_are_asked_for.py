# SPDX-License-Identifier: Apache-2.0
"""A program says which names of hosts its rules compare with, so that they can be resolved beside it."""

from __future__ import annotations

import pytest

from lanner_engine.codegen.compile import Program, compile_rules
from lanner_engine.fields import host_names
from tests.engine.meaning.loading import load, rule_text


def compiled(*conditions: str) -> Program:
    return compile_rules(load(*(rule_text(one, f"r{at}") for at, one in enumerate(conditions))).rules)


def test_whole_names_are_asked_for_wherever_they_stand() -> None:
    program = compiled(
        "evt.type = connect and (fd.sip.name = a.example or not fd.cip.name in (b, c.example))",
        "evt.type = connect and fd.rip.name != allof (d, e) and fd.lip.name intersects (f)",
    )
    asked = {b"a.example", b"b", b"c.example", b"d", b"e", b"f"}
    assert program.hosts == {"": asked}


def test_what_can_be_no_name_is_not_asked_for() -> None:
    program = compiled("evt.type = connect and (fd.sip.name endswith .example or fd.sip.name in ('a b', -x))")
    assert program.hosts == {}


def test_each_namespace_asks_for_its_own_names() -> None:
    ours = load(rule_text("evt.type = connect and fd.sip.name = ours")).rules
    theirs = load(rule_text("evt.type = connect and fd.sip.name = theirs")).rules
    program = compile_rules(ours, {"shop": theirs, "quiet": load(rule_text("evt.type = open")).rules})
    assert program.hosts == {"": {b"ours"}, "shop": {b"theirs"}}


@pytest.mark.parametrize("text", [b"a", b"a.b.", b"_dns.x-y.example", b"xn--bcher-kva.example", b"1.2.3.4"])
def test_a_name_is_made_of_labels(text: bytes) -> None:
    assert host_names.is_name(text)


@pytest.mark.parametrize(
    "text", [b"", b".", b"a..b", b"-a", b"a-", b"a b", b"a\n", b"\xc3\xa4", b"a" * 64, b"a." * 130]
)
def test_everything_else_is_none(text: bytes) -> None:
    assert not host_names.is_name(text)
