# SPDX-License-Identifier: Apache-2.0
"""Whatever is written in a rules file, the answer is definitions and diagnostics, and soon."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_engine import diagnostics
from lanner_engine.documents.collect import collect
from lanner_engine.documents.yaml_reader import MAX_CHARACTERS
from lanner_engine.parser.condition import MAX_PARENTHESES, parse
from lanner_engine.parser.printer import print_condition, print_source
from lanner_engine.source import RuleError, Source
from lanner_engine.text import Text, plain

FULL = MAX_CHARACTERS - 200
QUARTER = MAX_CHARACTERS // 4
# Of processor time: measured below 1.5 on one slow core; what is quadratic takes longer even for a quarter.
SECONDS = 6


@contextmanager
def soon() -> Iterator[None]:
    start = time.process_time()
    yield
    assert time.process_time() - start < SECONDS


def _repeated(text: str) -> str:
    return text * (QUARTER // len(text))


CONTENT = "apiVersion: lanner.dev/v1alpha1\nkind: ClusterFalcoRule\nmetadata: {name: a}\nspec:\n  content: "
REFUSED = {
    "open brackets": ("[" * FULL, "1:1001", "exceeded maximum nesting depth"),
    "dashes": ("- " * (FULL // 2), "1:65", "nested more than 32 deep"),
    "question marks": ("? " * (FULL // 2), "1:65", "nested more than 32 deep"),
    "laughs": (
        "- &a0 [x, x]\n" + "".join(f"- &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)),
        "20:9",
        "aliases unfold to more than 4 MiB",
    ),
    "a large list many times": (
        "- &r {list: x, items: [" + "aaaaaaaaaa," * 40_000 + "]}\n" + "- *r\n" * 100_000,
        "11:3",
        "aliases unfold to more than 4 MiB",
    ),
    "an alias inside its anchor": ("- &a [*a]", "1:7", "the alias *a stands inside its own anchor"),
    "too large": ("a" * (MAX_CHARACTERS + 1), "1:1", "larger than 1 MiB"),
    "no UTF-8": ("- macro: \udcff", "1:10", "not UTF-8 text"),
    "a zero byte": ("- macro: a\0", "1:11", "a character that YAML does not allow: U+0000"),
    "an escape sequence": ("- macro: \x1b[2J", "1:10", "a character that YAML does not allow: U+001B"),
    "a foreign directive": ("%FOO\n---\n- a", "1:5", "found unknown directive name"),
}


@pytest.mark.parametrize(("document", "place", "message"), REFUSED.values(), ids=REFUSED)
def test_bombs_are_one_error(document: str, place: str, message: str) -> None:
    with soon():
        definitions, (found,) = collect([Source("bomb", document)])
        shown = diagnostics.render(found)
    assert (definitions.lists, definitions.macros, definitions.rules) == ({}, {}, {})
    assert shown.startswith(f"bomb:{place}: error: ")
    assert message in shown
    assert len(shown) < 1_000


LARGE = {
    "escapes": '- macro: m\n  condition: "' + _repeated("\\x41") + '"',
    "escaped blanks": '- macro: m\n  condition: "a' + _repeated("\\n") + '"',
    "escaped line breaks": '- macro: m\n  condition: "a' + _repeated("\\\n") + 'b"',
    "doubled quotes": "- macro: m\n  condition: '" + _repeated("''") + "'",
    "folded lines": "- macro: m\n  condition: >\n" + _repeated("    a\n"),
    "literal lines": "- macro: m\n  condition: |\n" + _repeated("    a\n"),
    "plain lines": "- macro: m\n  condition: " + _repeated("a\n    "),
    "empty lines": '- macro: m\n  condition: "a' + _repeated("\n") + 'b"',
    "blanks": "- macro: m\n  condition: a" + _repeated(" "),
    "one name": "- macro: m\n  condition: " + _repeated("a") + " b",
    "one field": "- macro: m\n  condition: " + _repeated("a."),
    "quotes": "- macro: m\n  condition: a.b = '" + _repeated('"') + "'",
    "a list": "- macro: m\n  condition: a.b in (" + _repeated("a,") + "a)",
    "checks": "- macro: m\n  condition: " + _repeated("a and ") + "a",
    "nots": "- macro: m\n  condition: " + _repeated("not ") + "a",
    "appends": "- {macro: m, condition: a}\n" + _repeated("- {macro: m, condition: a, append: true}\n"),
    "errors": _repeated("- {macro: m, conditio: a}\n"),
    "keys": "- {macro: m, condition: b, " + "".join(f"k{n}: 1," for n in range(20_000)) + "}",
    "the same key": "- {macro: m, " + _repeated("a: 1,") + "}",
    "documents": _repeated("---\n- macro: m\n"),
    "anchors": "".join(f"- &a{n} x\n" for n in range(18_000)),
    "content": CONTENT
    + "|\n"
    + _repeated("    - macro: m\n      condition: >\n        a.b = 1\n        or c\n"),
    "quoted content": CONTENT + '"' + _repeated("- {macro: m, condition: \\x41.b = 1}\\n") + '"',
}


@pytest.mark.parametrize("document", LARGE.values(), ids=LARGE)
def test_large_files_take_linear_time(document: str) -> None:
    assert len(document) <= MAX_CHARACTERS
    with soon():
        definitions, found = collect([Source("large", document)])
        for one in found[:20]:
            diagnostics.render(one)
        for macro in definitions.macros.values():
            _parse_and_show(macro.condition)
    assert len(found) <= 1_001


def _parse_and_show(condition: Text) -> None:
    try:
        parse(condition)
    except RuleError as error:
        diagnostics.render(error.diagnostics[0])


def test_what_is_left_out_is_counted() -> None:
    _, found = collect([Source("many", "- {macro: m, conditio: a}\n" * 2_000)])
    assert len(found) == 1_001
    assert found[-1].message == "1500 more errors and 1500 more warnings are not shown"
    assert found[-1].severity == "error"


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("(" * FULL, f"parentheses nest more than {MAX_PARENTHESES} deep"),
        ("not(" * (FULL // 4), f"parentheses nest more than {MAX_PARENTHESES} deep"),
        ("a or(" * (FULL // 5), f"parentheses nest more than {MAX_PARENTHESES} deep"),
        ("tolower(" * (FULL // 8), "transformers nest more than 50 deep"),
        ('concat("",' * (FULL // 10), "transformers nest more than 50 deep"),
        ('a.b="' + '\\"' * (FULL // 2), "this quote is never closed"),
        ('a.b = "\0"', "a quoted text cannot hold a zero byte"),
    ],
)
def test_deep_conditions_are_one_error(condition: str, message: str) -> None:
    with soon(), pytest.raises(RuleError) as raised:
        parse(plain(condition))
    assert [one.message for one in raised.value.diagnostics] == [message]
    assert len(diagnostics.render(raised.value.diagnostics[0])) < 1_000


@pytest.mark.parametrize("opened", ["(", "not (", "a and (", "a or not("])
def test_the_deepest_conditions_parse_and_print(opened: str) -> None:
    condition = opened * MAX_PARENTHESES + "a" + ")" * MAX_PARENTHESES
    tree = parse(plain(condition))
    assert print_source(parse(plain(print_source(tree)))) == print_source(tree)
    with pytest.raises(RuleError):
        parse(plain(f"({condition})"))


_PIECES = [
    *("a.b", "and", "or", "not", "(", ")", "=", "==", "!=", "<", "in", "in(", "startswith", "oneof", "val("),
    *("tolower(", "[x]", "[", "]", ",", '"', "'", "\\", "\\x41", "exists", "5", "0x1", "é", "\x1b", "\t"),
]
_SOUP = st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), max_size=14)


@given(_SOUP, st.sampled_from([" ", ""]))
@settings(deadline=None, max_examples=1_500)
def test_any_condition_is_a_tree_or_one_diagnostic(words: list[str], between: str) -> None:
    text = between.join(words)
    try:
        tree = parse(plain(text))
    except RuleError as error:
        (diagnostic,) = error.diagnostics
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        assert diagnostics.render(diagnostic).replace("\n", "").isprintable()
    else:
        assert parse(plain(print_source(tree))) == tree
        print_condition(tree)


_WRITTEN = [
    *("- list: l", "- macro: m", "- rule: r", "  items: [a, b]", "  condition: a", "  condition: >", "    b"),
    *("  override: {condition: append}", "  append: true", "  enabled: false", "  desc: d", "  output: o"),
    *("  priority: INFO", "---", "- x", "  tags: [t]", "- &a {macro: n, condition: c}", "- *a", "  ", "\t"),
    *("apiVersion: lanner.dev/v1alpha1", "kind: FalcoRule", "metadata: {name: a}", "spec:", "  content: |"),
    *("  override:", "  exceptions: []", "- required_engine_version: 0.57.0", "  source: x", "- {}"),
]
_LINES = st.lists(st.sampled_from(_WRITTEN) | st.text(max_size=5), max_size=14)


@given(_LINES)
@settings(deadline=None, max_examples=1_000)
def test_any_document_is_definitions_and_diagnostics(lines: list[str]) -> None:
    source = Source("any", "\n".join(lines))
    _, found = collect([source])
    for one in found:
        assert one.span.source is source
        assert 0 <= one.span.start <= one.span.end <= len(source.text)
        assert diagnostics.render(one).replace("\n", "").isprintable()
