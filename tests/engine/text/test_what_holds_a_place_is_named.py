# SPDX-License-Identifier: Apache-2.0
"""What of a document holds a place, from the outside in, as results for programs name it."""

from __future__ import annotations

import pytest

from lanner_engine.documents.located import Located
from lanner_engine.source import Source

RULES = """\
- required_engine_version: ENGINE
- required_plugin_versions:
    - {name: p, version: PLUGIN, alternatives: [{name: q, version: OTHER}]}
- list: l
  items: [a, ITEM]
- macro: m
  condition: MACRO
  unknown: KEY
- rule: NAME
  condition: a and
    CONDITION
  output: OUTPUT
  priority: PRIORITY
  tags: [TAG]
  exceptions:
    - name: e
      fields: [FIELD]
      values:
        - [b, VALUE]
    - fields: NAMELESS
  override: {condition: append, desc: OVERRIDE}
- other: ELEMENT
- TEXT
"""
MANIFEST = """\
apiVersion: lanner.dev/v1alpha1
kind: ClusterFalcoRule
metadata: {name: OBJECT}
spec:
  rules:
    - name: r
      condition: CONDITION
"""
RULE = "rule NAME"


@pytest.mark.parametrize(
    ("text", "word", "holders"),
    [
        (RULES, "ENGINE", ["required_engine_version"]),
        (RULES, "PLUGIN", ["required plugin versions", "required plugin versions entry p"]),
        (
            RULES,
            "OTHER",
            [
                "required plugin versions",
                "required plugin versions entry p",
                "required plugin versions alternative q",
            ],
        ),
        (RULES, "ITEM", ["list l", "list item ITEM"]),
        (RULES, "MACRO", ["macro m", "macro condition", "condition expression"]),
        (RULES, "KEY", ["macro m", "value for unknown"]),
        (RULES, "NAME", [RULE]),
        (RULES, "CONDITION", [RULE, "rule condition", "condition expression"]),
        (RULES, "OUTPUT", [RULE, "rule output"]),
        (RULES, "PRIORITY", [RULE, "rule priority"]),
        (RULES, "TAG", [RULE, "list item TAG"]),
        (RULES, "FIELD", [RULE, "exceptions", "exception e"]),
        (RULES, "VALUE", [RULE, "exceptions", "exception e", "exception value"]),
        (RULES, "NAMELESS", [RULE, "exceptions", "exception"]),
        (RULES, "OVERRIDE", [RULE, "overrides desc"]),
        (RULES, "ELEMENT", ["rules content item"]),
        (RULES, "TEXT", ["rules content item"]),
        (MANIFEST, "OBJECT", []),
        (MANIFEST, "CONDITION", ["rule r", "rule condition", "condition expression"]),
        ("not: [yaml", "yaml", []),
    ],
)
def test_what_holds_a_place_is_named_from_the_outside_in(text: str, word: str, holders: list[str]) -> None:
    content, *inner = Located(Source("rules.yaml", text)).at(text.index(word))
    assert (content.kind, content.start) == ("rules content", 0)
    assert [f"{one.kind} {one.name}".rstrip() for one in inner] == holders
