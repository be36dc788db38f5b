# SPDX-License-Identifier: Apache-2.0
"""Macros and lists: visibility, loops, sizes, and lists as tokens (specification 1.5 and 2.7)."""

from __future__ import annotations

import pytest

from lanner_engine.codegen.compile import compile_rules
from tests.engine.meaning.facts_from_text import event
from tests.engine.meaning.loading import errors, load, rule_text


def macro(name: str, condition: str) -> str:
    return f"- macro: {name}\n  condition: {condition}\n"


def items(name: str, values: str) -> str:
    return f"- list: {name}\n  items: [{values}]\n"


def matches(condition: str, facts: str, *definitions: str) -> bool:
    checked = load(*definitions, rule_text(condition))
    assert checked.ok, checked.diagnostics
    return compile_rules(checked.rules).match(event(facts)) != ()


def test_a_rule_uses_a_macro_that_is_defined_after_it() -> None:
    checked = load(rule_text("later"), macro("later", "proc.name = cat"))
    assert checked.ok


def test_a_macro_does_not_see_a_macro_that_is_defined_after_it() -> None:
    found = errors(load(macro("a", "b"), macro("b", "proc.name = x"), rule_text("proc.name = y")))
    assert [(message, mark) for message, mark, _ in found] == [("Undefined macro 'b' used in filter.", "b")]


def test_a_macro_that_reaches_itself_is_an_error() -> None:
    text = macro("a", "proc.name = x") + macro("b", "a") + macro("a", "b")
    assert "reference loop in macro 'a'" in [message for message, _, _ in errors(load(text, rule_text("a")))]


def test_macros_that_double_at_every_step_are_refused_quickly() -> None:
    doubling = [macro(f"m{n}", f"m{n - 1} or m{n - 1}") for n in range(1, 40)]
    found = errors(load(macro("m0", "proc.name = x"), *doubling, rule_text("m39", "bomb")))
    assert any("more than 20000 checks" in message for message, _, _ in found)
    assert any(mark == "bomb" for _, mark, _ in found)


def test_lists_that_double_at_every_step_are_refused_quickly() -> None:
    doubling = [items(f"l{n}", f"l{n - 1}, l{n - 1}") for n in range(1, 40)]
    found = errors(load(items("l0", "x"), *doubling, rule_text("proc.name in (l39)")))
    assert any("more than 20000 items" in message for message, _, _ in found)


@pytest.mark.parametrize(
    ("condition", "facts", "outcome"),
    [
        ("proc.name in (shells)", "process.comm=bash", True),
        ("proc.name in (shells)", "process.comm=zsh", True),
        ("proc.name in (shells, cat)", "process.comm=cat", True),
        ('proc.name in ("shells")', "process.comm=shells", True),
        ('proc.name in ("shells")', "process.comm=bash", False),
        ("proc.cmdline in (lines)", "process.comm=sh process.args=-c,id", True),
        ("proc.cmdline in (lines)", "process.comm=ls process.args=-l", True),
        ("proc.name startswith anyof (shells)", "process.comm=bashful", True),
        ("proc.name in (none)", "process.comm=none", False),
        ("proc.name in (mispelt)", "process.comm=mispelt", True),
        ("proc.name in shells", "process.comm=shells", False),
    ],
)
def test_list_names_in_parentheses_become_items(condition: str, facts: str, outcome: bool) -> None:
    definitions = (
        items("more", "zsh, fish"),
        items("shells", "sh, bash, more"),
        items("lines", "'\"sh -c id\"', 'ls -l'"),
        items("none", ""),
    )
    if condition.endswith("in shells"):
        assert errors(load(*definitions, rule_text(condition)))[0][2] == "write (shells)"
        return
    assert matches(condition, facts, *definitions) is outcome


def test_a_bad_item_is_marked_with_a_hint() -> None:
    checked = load("- list: few\n  items:\n    - a=b\n", rule_text("proc.name in (few)"))
    found, follows = (one for one in checked.diagnostics if one.severity == "error")
    assert (follows.reason, checked.rules, checked.left_out) == ("LeftOut", (), ("r",))
    assert found.span.position() == (3, 8)
    assert "quotes of its own" in found.hint
