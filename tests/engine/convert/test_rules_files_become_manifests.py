# SPDX-License-Identifier: Apache-2.0
"""A rules file becomes one object that holds its text, or several; back it is the same text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from lanner_engine.convert.to_manifests import Target, manifests
from lanner_engine.convert.to_rules import rules_files
from lanner_engine.program.load import check
from lanner_engine.resources.falco_rule import MAX_CONTENT
from lanner_engine.source import RuleError, Source
from tests.engine.meaning.loading import rule_text
from tests.fuzz import written

FILE = """\
# the head

- macro: m  # beside
  condition: proc.name = a

# above r
- rule: r
  desc: d
  condition: >
    m
    and fd.num = 1
  output: "x  # no comment"
  priority: NOTICE
- rule: r
  condition: or proc.name = b
  override: {condition: append}
"""


def back(text: str, target: Target = Target()) -> str:  # noqa: B008  frozen
    """The text after one turn there and back, without the heading."""
    made = manifests([Source("a.yaml", text)], target)
    again = rules_files([Source(one.name, one.text) for one in made.documents])
    return "".join(one.text.partition("\n")[2] for one in again.documents)


def test_text_comes_back_as_it_was() -> None:
    assert back(FILE) == FILE
    assert back(FILE, Target("FalcoRule", namespace="team")) == FILE


def test_the_object_looks_as_a_person_would_write_it() -> None:
    (made,) = manifests([Source("/etc/falco/Falco_Rules.local.yaml", FILE)], Target()).documents
    assert made.name == "falco-rules.local"
    assert made.text.splitlines()[:9] == [
        "apiVersion: lanner.dev/v1alpha1",
        "kind: ClusterFalcoRule",
        "metadata:",
        "  name: falco-rules.local",
        "spec:",
        "  hostScope: Include  # as a rules file: inside containers and outside",
        "  content: |",
        "    # the head",
        "",
    ]
    assert check([Source("made.yaml", made.text)]).ok


def test_a_falco_rule_says_what_it_cannot() -> None:
    made = manifests([Source("a.yaml", FILE)], Target("FalcoRule", "mine", "team"))
    assert "  name: mine\n  namespace: team\nspec:\n  content: |\n" in made.documents[0].text
    assert any("only in pods of its namespace" in note for note in made.notes)


@pytest.mark.parametrize(
    "text",
    [
        "\n\n" + FILE,
        "  # indented\n" + FILE,
        FILE.rstrip("\n"),
        FILE + "\n\n\n",
        FILE + "---\n" + FILE.replace("rule: r", "rule: s"),
        "- list: l\n  items:\n  - a\t\n  - 'b  '\n   \n",
        "[{list: l, items: [a]}, {macro: m, condition: x}]\n",
        "- list: l\n  items: [a]  # \u2028 \u0085\n",
        "- macro: m\n  condition: |2\n     a\n    b\n",
    ],
)
def test_whatever_the_lines_look_like_they_come_back(text: str) -> None:
    assert back(text).rstrip("\n") == text.rstrip("\n")


def test_line_ends_of_windows_are_told() -> None:
    made = manifests([Source("a.yaml", FILE.replace("\n", "\r\n"))], Target())
    assert "\r" not in made.documents[0].text
    assert made.notes == ("a.yaml: line ends are written as \\n",)


def test_a_large_file_is_cut_between_elements_and_keeps_its_order() -> None:
    text = "".join(f"# about {n}\n{rule_text(f'proc.name = {n:0200}', f'r{n}')}" for n in range(1_500))
    made = manifests([Source("big.yaml", text)], Target())
    assert [one.name for one in made.documents] == [f"big-{n + 1}" for n in range(len(made.documents))]
    assert len(made.documents) == -(-len(text) // MAX_CONTENT)
    assert [f"loadOrder: {500 + n}" in one.text for n, one in enumerate(made.documents)]
    assert back(text) == text
    assert all("content: |\n    # about" in one.text for one in made.documents)


def test_several_files_keep_their_order() -> None:
    made = manifests([Source("z.yaml", FILE), Source("a.yaml", FILE.replace("= a", "= c"))], Target())
    checked = check([Source(one.name, one.text) for one in reversed(made.documents)])
    assert checked.ok
    assert "proc.name = c" in made.documents[1].text
    assert "loadOrder: 501" in made.documents[1].text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "nothing in this file"),
        ("- a: [", "not YAML"),
        ("kind: FalcoRule\n", "no rules file"),
        (f"- list: l\n  items: [{'a, ' * MAX_CONTENT}b]\n", "an element is larger than 128 KiB"),
        (
            "- &x {macro: m, condition: a}\n"
            + ("- {list: l, items: [" + "a," * 40_000 + "]}\n") * 2
            + "- *x\n",
            "cannot be converted as it is written",
        ),
    ],
)
def test_what_cannot_be_an_object_is_refused_with_a_place(text: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        manifests([Source("a.yaml", text)], Target())


@settings(max_examples=150, deadline=None, suppress_health_check=written.UNHURRIED)
@given(written.FILES)
def test_any_file_is_refused_or_comes_back(text: str) -> None:
    try:
        made = back(text)
    except RuleError:
        return
    assert made.rstrip("\n") == text.replace("\r\n", "\n").rstrip("\n")
