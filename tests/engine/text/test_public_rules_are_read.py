# SPDX-License-Identifier: Apache-2.0
"""The public rules file: every document, list, macro, rule and condition of it is read and placed."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from lanner_engine.ast import And, Check, MacroRef, Not, Or, walk
from lanner_engine.documents.collect import collect
from lanner_engine.documents.definitions import Definitions
from lanner_engine.parser.condition import parse
from lanner_engine.parser.printer import print_condition, print_source
from lanner_engine.source import Source
from lanner_engine.text import Text, plain
from tests.story import public_rules


@pytest.fixture(scope="module")
def definitions() -> Definitions:
    made, found = collect([Source("falco_rules.yaml", public_rules.path().read_text())])
    assert found == ()
    return made


def _conditions(definitions: Definitions) -> list[Text]:
    macros = [macro.condition for macro in definitions.macros.values()]
    return macros + [rule.condition for rule in definitions.rules.values()]


def test_everything_is_defined(definitions: Definitions) -> None:
    assert (len(definitions.lists), len(definitions.macros), len(definitions.rules)) == (49, 87, 25)
    assert sum(len(one.items) for one in definitions.lists.values()) == 375


def test_every_condition_parses_and_survives_printing(definitions: Definitions) -> None:
    trees = [parse(condition) for condition in _conditions(definitions)]
    assert len(trees) == 112
    assert all(parse(plain(print_source(tree))) == tree for tree in trees)


def test_trees_have_the_words_of_the_text(definitions: Definitions) -> None:
    """The file has no doubled nots and no field on a right side, so words can be counted."""
    conditions = _conditions(definitions)
    words = Counter(word for condition in conditions for word in _words(condition.value))
    nodes = [node for condition in conditions for node in walk(parse(condition))]
    kinds = Counter(type(node) for node in nodes)
    joints = Counter(
        {kind: sum(len(n.children) - 1 for n in nodes if isinstance(n, kind)) for kind in (And, Or)}
    )
    assert (words["and"], words["or"], words["not"], words["field"]) == (178, 86, 58, 246)
    assert (joints[And], joints[Or], kinds[Not], kinds[Check]) == (178, 86, 58, 246)
    assert kinds[MacroRef] == len(conditions) + joints[And] + joints[Or] - kinds[Check] == 130


def _words(condition: str) -> list[str]:
    unquoted = re.sub(r"\"[^\"]*\"|'[^']*'", "Q", condition)
    joints = re.findall(r"(?<![\w.])(and|or|not)(?=[ (\n])", unquoted)
    fields = re.findall(
        r"(?<![\w./-])(?:proc|fd|evt|user|group|container|k8s|syscall|thread)\.[\w.]+", unquoted
    )
    return joints + ["field"] * len(fields)


def test_trees_are_what_the_text_says(definitions: Definitions) -> None:
    printed = {name: print_condition(parse(one.condition)) for name, one in definitions.macros.items()}
    opened = "evt.type in (open, openat, openat2)"
    assert printed["open_write"] == (
        f"({opened} and evt.is_open_write = true and fd.typechar = f and fd.num >= 0)"
    )
    assert printed["never_true"] == "evt.num = 0"


def test_every_character_is_where_it_is_written(definitions: Definitions) -> None:
    texts = [*_conditions(definitions), *(one.output for one in definitions.rules.values())]
    for text in texts:
        for index, character in enumerate(text.value):
            span = text.span(index, index + 1)
            written = span.source.text[span.start : span.end]
            assert written == character or character.isspace()
