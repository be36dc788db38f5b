# SPDX-License-Identifier: Apache-2.0
"""Every block of golden/conditions: what is accepted prints as promised, what is not marks the right text."""

from __future__ import annotations

import pytest

from lanner_engine.parser.condition import parse
from lanner_engine.parser.printer import print_condition, print_source
from lanner_engine.source import RuleError
from lanner_engine.text import plain
from tests.engine.text import golden

ACCEPTED = [pytest.param(*lines, id=name) for name, lines in golden.blocks("conditions/accept*.txt")]
REJECTED = [pytest.param(lines, id=name) for name, lines in golden.blocks("conditions/reject*.txt")]
OTHER_BLANKS = ("\n", "\t", "\r\n", "\b", " \n\t \r\b ")


def test_there_are_cases() -> None:
    assert len(ACCEPTED) > 80
    assert len(REJECTED) > 60


@pytest.mark.parametrize(("condition", "printed"), ACCEPTED)
def test_accepted(condition: str, printed: str) -> None:
    tree = parse(plain(condition))
    assert print_condition(tree) == printed.removeprefix("-> ")
    assert parse(plain(print_source(tree))) == tree


@pytest.mark.parametrize(("condition", "printed"), ACCEPTED)
def test_every_blank_is_as_good(condition: str, printed: str) -> None:
    if '"' in condition or "'" in condition:
        condition = f"{condition} "  # quoted blanks are text: only those around are changed
        assert parse(plain(condition)) == parse(plain(f"\t{condition}\n"))
        return
    tree = parse(plain(condition))
    for blank in OTHER_BLANKS:
        assert parse(plain(condition.replace(" ", blank))) == tree, printed


@pytest.mark.parametrize("case", REJECTED)
def test_rejected(case: list[str]) -> None:
    condition, mark, message, *hint = case
    with pytest.raises(RuleError) as raised:
        parse(plain(condition))
    (diagnostic,) = raised.value.diagnostics
    start, end = diagnostic.span.start, diagnostic.span.end
    assert (diagnostic.severity, diagnostic.code) == ("error", "LOAD_ERR_COMPILE_CONDITION")
    assert " " * start + "^" + "~" * (end - start - 1) == mark
    assert diagnostic.message == message
    if hint:
        assert [diagnostic.hint] == hint
