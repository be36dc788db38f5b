# SPDX-License-Identifier: Apache-2.0
"""Names of lists, macros and rules get an ending wherever the text means them, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanner_engine.convert.renamed import Endings, renamed
from lanner_engine.convert.to_manifests import Target, manifests
from lanner_engine.program.load import check
from lanner_engine.source import RuleError, Source

CHART = Path(__file__).parents[3] / "charts/lanner/rules"
GOLDEN = Path(__file__).with_name("golden")
ENDINGS = Endings("_try_x", " (try x)")


def tried(text: str) -> tuple[Source, ...]:
    made = manifests([Source("rules.yaml", text)], Target())
    return renamed([Source(one.name, one.text) for one in made.documents], ENDINGS)


def test_every_place_of_a_rules_file() -> None:
    (made,) = tried((GOLDEN / "renamed.before.yaml").read_text())
    heading, _, wanted = (GOLDEN / "renamed.after.yaml").read_text().partition("\n")
    assert made.text == wanted, heading


def test_the_default_rules_decide_the_same() -> None:
    sources = [Source(path.name, path.read_text()) for path in sorted(CHART.glob("*.yaml"))]
    before, after = check(sources), check(renamed(sources, ENDINGS))
    assert after.diagnostics == before.diagnostics == ()
    assert [rule.name for rule in after.rules] == [f"{rule.name} (try x)" for rule in before.rules]
    assert [rule.condition for rule in after.rules] == [rule.condition for rule in before.rules]


def test_names_of_the_cluster_and_of_a_namespace_are_kept_apart() -> None:
    words = "apiVersion: lanner.dev/v1alpha1\nkind: {}\nmetadata: {{name: n, namespace: {}}}\nspec:\n"
    macro = "  macros: [{name: m, condition: proc.name = a}]\n"
    rule = "  rules: [{name: r, condition: evt.type=open and m, desc: d, output: o, priority: NOTICE}]\n"
    own, other = words.format("FalcoRule", "a") + macro + rule, words.format("FalcoRule", "b") + rule
    one, two = renamed([Source("a", own), Source("b", other)], ENDINGS)
    assert "name: m_try_x" in one.text
    assert "evt.type=open and m_try_x," in one.text
    assert "evt.type=open and m," in two.text, "which is not the namespace's"


@pytest.mark.parametrize("text", ["{}", "- {macro: m, condition: proc.name = a}", "- ["])
def test_what_is_no_manifest_is_an_error(text: str) -> None:
    with pytest.raises(RuleError):
        renamed([Source("x", text)], ENDINGS)
