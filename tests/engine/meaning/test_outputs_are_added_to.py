# SPDX-License-Identifier: Apache-2.0
"""What is put behind the outputs of rules, and beside their fields (specification 5.2)."""

from __future__ import annotations

import pytest

from lanner_engine.output.additions import Addition, Match, addition
from lanner_engine.program.load import check
from lanner_engine.program.rule import CheckedRule
from lanner_engine.source import RuleError, Source
from tests.engine.meaning.loading import rule_text
from tests.engine.plain_facts import PlainEvent, PlainProcess

EVENT = PlainEvent(process=PlainProcess(comm=b"sh", pid=7))


def _rule(*additions: Addition) -> CheckedRule:
    text = rule_text("evt.type = open", "opened", "'%proc.pid'") + "  tags: [file, read]\n"
    (rule,) = check([Source("rules.yaml", text)], additions=additions).rules
    return rule


def _tail(rule: CheckedRule) -> bytes:
    return rule.output.render(EVENT).partition(b"k8s_ns_name=<NA>")[2]


def test_texts_follow_each_other_behind_a_blank() -> None:
    rule = _rule(addition("name=%proc.name"), addition("env=%proc.env"))
    assert _tail(rule) == b" name=sh env=<NA>"
    assert rule.output.text.endswith(" name=%proc.name env=%proc.env")
    assert rule.output.values(EVENT)["proc.name"] == b"sh"
    assert "proc.env" in rule.fields


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        (Match(), True),
        (Match(source="syscall"), True),
        (Match(source="k8s_audit"), False),
        (Match(rule="opened"), True),
        (Match(rule="open"), False),
        (Match(tags=frozenset({"file"})), True),
        (Match(tags=frozenset({"file", "write"})), False),
        (Match("syscall", "opened", frozenset({"read", "file"})), True),
    ],
)
def test_all_that_is_given_must_hold(match: Match, holds: bool) -> None:
    assert _tail(_rule(addition("x", match=match))) == (b" x" if holds else b"")


def test_fields_keep_their_types_and_formats_are_text() -> None:
    rule = _rule(addition(extra_fields=["proc.tty", ("who", "%proc.name[%proc.pid]"), ("pid", "%proc.pid")]))
    values = rule.output.values(EVENT)
    assert (values["proc.tty"], values["who"], values["pid"]) == (0, b"sh[7]", b"7")
    assert _tail(rule) == b""
    assert "proc.tty" in rule.fields


def test_a_star_is_text_behind_an_output_and_a_mark_in_front_of_a_format() -> None:
    rule = _rule(addition("*%proc.name", [("who", "*%proc.name")]))
    assert _tail(rule) == b" *sh"
    assert rule.output.values(EVENT)["who"] == b"sh"


def test_every_wrong_format_is_named() -> None:
    with pytest.raises(RuleError) as refused:
        addition("%proc.nme %", ["fd.nme", ("empty", "")])
    assert len(refused.value.diagnostics) == 4
