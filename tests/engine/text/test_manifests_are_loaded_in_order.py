# SPDX-License-Identifier: Apache-2.0
"""FalcoRule manifests: what they define, for whom, and in which order they count."""

from __future__ import annotations

from textwrap import indent

import pytest

from tests.engine.text.documents import good, read


def _manifest(name: str, condition: str, spec: str = "", kind: str = "ClusterFalcoRule") -> str:
    head = f"apiVersion: lanner.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n"
    return head + indent(f"macros: [{{name: m, condition: {condition}}}]\n{spec}", "  ") + "---\n"


def test_a_manifest_defines_lists_macros_and_rules() -> None:
    made = good(
        """
        apiVersion: lanner.dev/v1alpha1
        kind: ClusterFalcoRule
        metadata: {name: full, labels: {a: b}}
        spec:
          mode: Active
          rules:
            - name: r
              desc: words
              condition: m
              output: shown
              priority: NOTICE
              tags: [t]
          macros: [{name: m, condition: a.b in (l)}]
          lists: [{name: l, items: [x]}]
        status: {conditions: []}
        """
    )
    assert (list(made.lists), list(made.macros), list(made.rules)) == (["l"], ["m"], ["r"])
    assert [made.lists["l"].index, made.macros["m"].index, made.rules["r"].index] == [1, 2, 3]
    assert (made.rules["r"].tags, made.rules["r"].span.position()) == (("t",), (8, 13))


def test_content_is_a_rules_file() -> None:
    made = good(
        """
        apiVersion: lanner.dev/v1alpha1
        kind: ClusterFalcoRule
        metadata: {name: pasted}
        spec:
          content: |
            # as it was
            - required_engine_version: 0.57.0
            - macro: m
              condition: c
        """
    )
    assert made.macros["m"].condition.value == "c"
    assert made.macros["m"].condition.span(0, 1).position() == (10, 18)


@pytest.mark.parametrize("together", [True, False], ids=["one file", "several files"])
def test_lower_load_orders_come_first_then_names(together: bool) -> None:
    manifests = [
        _manifest("b", "last_of_500"),
        _manifest("z", "first", "loadOrder: 10\n"),
        _manifest("a", "first_of_500"),
    ]
    made = good(*(["".join(manifests)] if together else manifests))
    assert made.macros["m"].condition.value == "last_of_500"
    made = good(*manifests, _manifest("a", "highest", "loadOrder: 1000\n"))
    assert made.macros["m"].condition.value == "highest"


def test_a_rules_file_behind_manifests_overrides_them() -> None:
    made = good(_manifest("a", "c", "loadOrder: 1000\n"), "- {macro: m, condition: mine}")
    assert made.macros["m"].condition.value == "mine"
    made = good("- {macro: m, condition: mine}", _manifest("a", "c", "loadOrder: 0\n"))
    assert made.macros["m"].condition.value == "c"


def test_a_disabled_manifest_defines_nothing() -> None:
    assert good(_manifest("a", "c", "mode: Disabled\n")).macros == {}


def test_an_engine_that_is_too_old_refuses_the_object() -> None:
    _, found = read(_manifest("a", "c", "requiredEngine: 0.999.0\n"))
    (line,) = found
    assert "the rules ask for engine version 0.999.0; this one is" in line
    assert good(_manifest("a", "c", "requiredEngine: 0.1.0\n")).macros


RULE = """
    rules: [{name: r, desc: d, output: o, priority: INFO, condition: c}]
"""


def _owned(kind: str, spec: str = "", namespace: str = "") -> str:
    metadata = f"{{name: n, namespace: {namespace}}}" if namespace else "{name: n}"
    head = f"apiVersion: lanner.dev/v1alpha1\nkind: {kind}\nmetadata: {metadata}\nspec:"
    return head + RULE + indent(spec, "    ") + "\n---\n"


def test_rules_know_the_object_that_defines_them() -> None:
    made = good(
        _owned("ClusterFalcoRule", "hostScope: Only"),
        "- {rule: s, desc: d, output: o, priority: INFO, condition: c}",
    )
    owner = made.rules["r"].owner
    assert owner is not None
    assert (owner.key, owner.spec["hostScope"], made.rules["s"].owner) == ("ClusterFalcoRule/n", "Only", None)


def test_a_change_keeps_the_owner_and_a_new_definition_takes_it() -> None:
    change = "- {rule: r, enabled: false, override: {enabled: replace}}"
    owner = good(_owned("ClusterFalcoRule"), change).rules["r"].owner
    assert owner is not None
    assert owner.key == "ClusterFalcoRule/n"
    again = "- {rule: r, desc: d, output: o, priority: INFO, condition: c}"
    assert good(_owned("ClusterFalcoRule"), again).rules["r"].owner is None


def test_namespaces_have_sets_of_their_own_on_top_of_the_cluster() -> None:
    selector = "podSelector: {matchLabels: {a: b}}"
    made = good(
        _owned("FalcoRule", selector, "shop"),
        _owned("FalcoRule"),
        _manifest("platform", "c"),
        _owned("ClusterFalcoRule"),
    )
    assert list(made.rules) == ["r"]
    assert list(made.namespaces) == ["default", "shop"]
    shop = made.namespaces["shop"]
    assert (list(shop.macros), list(shop.rules), shop.own_macros) == (["m"], ["r"], frozenset())
    owner = shop.rules["r"].owner
    assert owner is not None
    assert (owner.key, owner.spec["podSelector"]) == ("FalcoRule/shop/n", {"matchLabels": {"a": "b"}})


def test_a_namespace_redefines_for_itself() -> None:
    mine = _manifest("mine", "theirs", kind="FalcoRule")
    made = good(_manifest("platform", "ours"), mine, _manifest("later", "last", "loadOrder: 900\n"))
    assert made.macros["m"].condition.value == "last"
    assert made.namespaces["default"].macros["m"].condition.value == "theirs"


def test_a_namespace_cannot_change_rules_of_the_cluster() -> None:
    change = "rules: [{name: r, enabled: false, override: {enabled: replace}}]"
    head = "apiVersion: lanner.dev/v1alpha1\nkind: FalcoRule\nmetadata: {name: a}\nspec:\n  "
    made, found = read(_owned("ClusterFalcoRule"), head + change)
    assert made.rules["r"].enabled
    assert [line.split(" ", 3)[3] for line in found] == [
        "the rule r is replaced in part, but no rule of this name comes before"
    ]
