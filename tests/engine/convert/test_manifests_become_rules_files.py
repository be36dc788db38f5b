# SPDX-License-Identifier: Apache-2.0
"""Lists, macros and rules of a manifest become elements, with their comments; what is lost is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanner_engine.convert.to_rules import rules_files
from lanner_engine.program.load import check
from lanner_engine.source import RuleError, Source

CHART = Path(__file__).parents[3] / "charts/lanner/rules"

MANIFEST = """\
apiVersion: lanner.dev/v1alpha1
kind: ClusterFalcoRule
metadata: {name: mine}
spec:
  hostScope: Include
  macros:
    # above m
    - name: m   # beside m
      condition: >
        proc.name = a
        or proc.name in (l)
    - condition: m
      name: n
  lists: [{name: l, items: [a, 'b c']}, {items: [x], name: k}]
  rules:
    - name: r
      desc: d

      # inside r
      condition: n
      output: |
        several
          lines
      priority: NOTICE
      tags:
      - a
    # above the override
    - name: r
      enabled: false
      override: {enabled: replace}
"""

RULES = """\
# ClusterFalcoRule/mine
- {list: l, items: [a, 'b c']}

- {items: [x], list: k}

# above m
- macro: m   # beside m
  condition: >
    proc.name = a
    or proc.name in (l)

- condition: m
  macro: n

- rule: r
  desc: d

  # inside r
  condition: n
  output: |
    several
      lines
  priority: NOTICE
  tags:
  - a

# above the override
- rule: r
  enabled: false
  override: {enabled: replace}
"""


def test_elements_are_moved_as_they_are_written() -> None:
    made = rules_files([Source("m.yaml", MANIFEST)])
    assert made.documents[0].text == RULES
    assert made.notes == ()


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("  hostScope: Include\n", "", "hold in containers only"),
        ("Include", "Only", "hold outside containers only"),
        ("spec:\n", "spec:\n  podSelector: {matchLabels: {a: b}}\n", "podSelector is lost"),
        ("spec:\n", "spec:\n  mode: Disabled\n", "is Disabled: it is left out"),
    ],
)
def test_what_a_rules_file_cannot_say_is_told(old: str, new: str, note: str) -> None:
    made = rules_files([Source("m.yaml", MANIFEST.replace(old, new))])
    assert [note in one for one in made.notes] == [True]


def test_objects_come_in_the_order_in_which_a_cluster_loads_them() -> None:
    late = MANIFEST.replace("name: mine", "name: a").replace("spec:\n", "spec:\n  loadOrder: 900\n")
    made = rules_files([Source("late.yaml", late), Source("m.yaml", MANIFEST)])
    assert [one.name for one in made.documents] == ["mine", "a"]
    assert made.notes == ("load them in this order: mine.yaml a.yaml",)


def test_rules_of_a_namespace_say_that_they_will_hold_everywhere() -> None:
    own = MANIFEST.replace("ClusterFalcoRule", "FalcoRule").replace("  hostScope: Include\n", "")
    made = rules_files([Source("m.yaml", own.replace("name: mine", "name: mine, namespace: team"))])
    assert [one.name for one in made.documents] == ["team.mine"]
    assert "hold in the namespace team only" in made.notes[0]


def test_the_charts_rules_can_be_converted_and_load() -> None:
    sources = [Source(path.name, path.read_text()) for path in sorted(CHART.glob("*.yaml"))]
    made = rules_files(sources)
    checked = check([Source(one.name, one.text) for one in made.documents])
    assert checked.ok
    assert [rule.name for rule in checked.rules] == [rule.name for rule in check(sources).rules]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- macro: m\n  condition: a\n", "a rules file already"),
        ("# nothing\n", "no manifest"),
        ("kind: FalcoRule\n", "the manifest has no apiVersion"),
    ],
)
def test_what_is_no_manifest_is_refused(text: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        rules_files([Source("a.yaml", text)])
