# SPDX-License-Identifier: Apache-2.0
"""A wrong word in a condition is marked in the file: line, column and the text itself, in every style."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lanner_engine.ast import And, Check, Expr, Or, walk
from lanner_engine.documents.collect import collect
from lanner_engine.parser.condition import parse
from lanner_engine.source import Diagnostic, RuleError, Source, Span
from lanner_engine.text import plain


def _wrong(*documents: str) -> Diagnostic:
    """What is wrong with the condition of macro m."""
    definitions, found = collect([Source(f"{n}.yaml", dedent(text)) for n, text in enumerate(documents)])
    assert [one for one in found if one.severity == "error"] == []
    with pytest.raises(RuleError) as raised:
        parse(definitions.macros["m"].condition)
    (diagnostic,) = raised.value.diagnostics
    return diagnostic


def _marked(span: Span) -> str:
    return span.source.text[span.start : span.end]


@pytest.mark.parametrize(
    ("document", "place", "marked"),
    [
        ("- macro: m\n  condition: a.b = x and c.d > wrong or e", (2, 32), "wrong"),
        ("- macro: m\n  condition: a.b = x\n    and c.d > wrong\n    or e", (3, 15), "wrong"),
        ("- macro: m\n  condition: 'a.b = ''x'' and c.d > wrong'", (2, 37), "wrong"),
        ("- macro: m\n  condition: 'a.b = x\n\n    and c.d > wrong'", (4, 15), "wrong"),
        ('- macro: m\n  condition: "a.b = \\"x\\" and c.d > wrong"', (2, 37), "wrong"),
        ('- macro: m\n  condition: "a.b = x \\\n    and c.d > wrong"', (3, 15), "wrong"),
        ("- macro: m\n  condition: |\n    a.b = x\n      and c.d > wrong\n", (4, 17), "wrong"),
        ("- macro: m\n  condition: >\n    a.b = x\n    and c.d > wrong\n    or e\n", (4, 15), "wrong"),
        ("- macro: m\n  condition: >-\n\n    a.b = x\n\n      and c.d > wrong\n", (6, 17), "wrong"),
        ("- macro: m\n  condition: >\r\n    a.b = x\r\n    and c.d > wrong\r\n", (4, 15), "wrong"),
        ("- {macro: m, condition: a.b = é and c.d > wrong}", (1, 43), "wrong"),
        ('- macro: m\n  condition: "a.b = \\u00e9 and c.d > wr\\x6fng"', (2, 38), "wr\\x6fng"),
        ("- macro: m\n  condition: >\n    (a.b = x\n    and c\n", (3, 5), "("),
        ('- macro: m\n  condition: >\n    a.b = x\n    and c.d in (x, "y)\n', (4, 20), '"'),
        ("- macro: m\n  condition: |\n    a.b = x and\n\n", (3, 16), ""),
    ],
)
def test_every_style(document: str, place: tuple[int, int], marked: str) -> None:
    diagnostic = _wrong(document)
    assert (diagnostic.span.position(), _marked(diagnostic.span)) == (place, marked)


def test_an_appended_condition_is_marked_in_its_own_file() -> None:
    diagnostic = _wrong(
        "- {macro: m, condition: a.b = x}",
        """
        - macro: m
          condition: and c.d > wrong
          override: {condition: append}
        """,
    )
    assert diagnostic.span.source.name == "1.yaml"
    assert (diagnostic.span.position(), _marked(diagnostic.span)) == ((3, 24), "wrong")


def test_a_parenthesis_of_the_first_file_is_found_after_an_append() -> None:
    diagnostic = _wrong(
        "- {macro: m, condition: (a.b = x}",
        "- {macro: m, condition: and c, override: {condition: append}}",
    )
    assert (diagnostic.span.source.name, diagnostic.span.position()) == ("0.yaml", (1, 25))


def test_content_in_a_manifest_is_marked_in_the_manifest() -> None:
    diagnostic = _wrong(
        """
        apiVersion: lanner.dev/v1alpha1
        kind: ClusterFalcoRule
        metadata: {name: pasted}
        spec:
          content: |
            - macro: m
              condition: >
                a.b = x
                and c.d > wrong
        """
    )
    assert (diagnostic.span.position(), _marked(diagnostic.span)) == ((10, 19), "wrong")


def test_every_node_knows_its_text() -> None:
    text = "not a or b.c in (x, 'y z') and (d or tolower(e.f)  =  g)"
    marked = [_marked(node.span) for node in walk(parse(plain(text)))]
    assert marked == [
        text,
        "not a",
        "a",
        "b.c in (x, 'y z') and (d or tolower(e.f)  =  g)",
        "b.c in (x, 'y z')",
        "d or tolower(e.f)  =  g",
        "d",
        "tolower(e.f)  =  g",
    ]


def _last(tree: Expr) -> Check:
    while isinstance(tree, And | Or):
        tree = tree.children[-1]
    assert isinstance(tree, Check)
    return tree


def test_parts_of_a_check_know_their_text() -> None:
    check = _last(parse(plain("a and b.c[2]  startswith   anyof (x,'y z')")))
    assert check.right is not None
    assert _marked(check.left.span) == "b.c[2]"
    assert _marked(check.operator_span) == "startswith"
    assert _marked(check.right.span) == "(x,'y z')"
    assert [_marked(item.span) for item in check.right.items] == ["x", "'y z'"]  # type: ignore[union-attr]
