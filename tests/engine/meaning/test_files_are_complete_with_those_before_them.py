# SPDX-License-Identifier: Apache-2.0
"""Rules files are loaded one after the other: what a file refers to must be there by its end (specification
1.1, traps 37 and 38).
"""

from __future__ import annotations

from lanner_engine.program.load import Checked, check
from lanner_engine.source import Source
from tests.engine.meaning.loading import rule_text

MACRO = "- macro: m\n  condition: evt.type = open\n"
LIST = "- list: l\n  items: [cat]\n"


def _load(*files: str) -> Checked:
    return check([Source(f"{number}.yaml", text) for number, text in enumerate(files, start=1)])


def _said(checked: Checked) -> list[tuple[str, str]]:
    return [(one.span.source.name, one.code) for one in checked.diagnostics]


def test_a_macro_of_a_later_file_comes_too_late() -> None:
    assert _said(_load(rule_text("m"), MACRO)) == [("1.yaml", "LOAD_ERR_VALIDATE")]
    assert _said(_load(rule_text("m") + MACRO)) == []


def test_what_only_a_later_file_uses_is_a_warning_once() -> None:
    use = rule_text("m and proc.name in (l)")
    assert _said(_load(MACRO + LIST, use)) == [
        ("1.yaml", "LOAD_UNUSED_MACRO"),
        ("1.yaml", "LOAD_UNUSED_LIST"),
    ]
    assert _said(_load(MACRO + LIST + use)) == []


def test_what_an_earlier_file_uses_stays_used() -> None:
    assert (
        _said(_load(MACRO + LIST + rule_text("m and proc.name in (l)"), rule_text("evt.type = open", "o")))
        == []
    )


def test_an_error_in_a_rule_that_a_later_file_replaces_is_an_error() -> None:
    assert _said(_load(rule_text("proc.nme = x"), rule_text("evt.type = open"))) == [
        ("1.yaml", "LOAD_ERR_COMPILE_CONDITION")
    ]


def test_a_later_file_overrides_a_macro_for_all_rules() -> None:
    later = "- macro: m\n  condition: evt.type = execve\n"
    checked = _load(MACRO + rule_text("m"), later)
    assert checked.diagnostics == ()
    assert checked.rules[0].event_types == {"execve"}
