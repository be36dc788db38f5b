# SPDX-License-Identifier: Apache-2.0
"""Redefinition, append and override of lists, macros and rules (specification 1.4)."""

from __future__ import annotations

import pytest

from tests.engine.text.documents import good, read

RULE = """
- rule: r
  desc: words
  condition: a.b = x or c
  output: "  shown %a.b  "
  priority: Notice
  tags: [one, two, one]
"""


def test_a_rule_has_its_defaults() -> None:
    rule = good(RULE).rules["r"]
    assert (rule.condition.value, rule.description, rule.priority.value) == (
        "a.b = x or c",
        "words",
        "Notice",
    )
    assert rule.output.value == "shown %a.b"
    assert rule.output.span(0, 5).position() == (5, 14)
    assert (rule.source, rule.enabled, rule.tags) == ("syscall", True, ("one", "two"))
    assert (rule.warn_evttypes, rule.skip_if_unknown_filter) == (True, False)
    assert (rule.capture, rule.capture_duration) == (False, 0)
    assert rule.span.position() == (2, 9)


def test_optional_keys_are_read() -> None:
    rule = good(
        RULE
        + """
  enabled: NO
  warn_evttypes: off
  skip-if-unknown-filter: Yes
  capture: y
  capture_duration: 0x10
  source: other
"""
    ).rules["r"]
    assert (rule.enabled, rule.warn_evttypes, rule.skip_if_unknown_filter) == (False, False, True)
    assert (rule.capture, rule.capture_duration, rule.source) == (True, 16, "other")


def test_scalars_stay_text() -> None:
    items = good("- {list: l, items: [yes, 0644, 1e3, 3306, 10.0, '~', 'a b', 2026-01-01]}").lists["l"].items
    assert [item.value for item in items] == ["yes", "0644", "1e3", "3306", "10.0", "~", "a b", "2026-01-01"]
    assert items[1].span(0, 4).position() == (1, 26)


def test_numbers_count_definitions_and_appends() -> None:
    made = good(
        """
        - {macro: one, condition: a}
        - {list: l, items: [x]}
        - {macro: two, condition: a}
        - {macro: one, condition: b, override: {condition: append}}
        - {list: l, items: [y], override: {items: append}}
        """
    )
    assert {n: (m.index, m.visibility) for n, m in made.macros.items()} == {"one": (1, 4), "two": (3, 3)}
    assert (made.lists["l"].index, made.lists["l"].visibility) == (2, 5)
    assert made.macros["one"].condition.value == "a b"
    assert [item.value for item in made.lists["l"].items] == ["x", "y"]


def test_a_redefinition_resets_everything_but_the_place() -> None:
    made = good(
        RULE + "  enabled: false\n- {rule: s, desc: d, condition: c, output: o, priority: INFO}\n",
        "- {rule: r, desc: new, condition: n, output: o, priority: debug}",
    )
    assert list(made.rules) == ["r", "s"]
    rule = made.rules["r"]
    assert (rule.enabled, rule.tags, rule.description) == (True, (), "new")
    assert (rule.index, rule.visibility) == (1, 3)


def test_replace_of_a_list_or_macro_needs_no_earlier_one() -> None:
    made = good(
        """
        - {list: l, items: [x], override: {items: replace}}
        - {macro: m, condition: c, override: {condition: replace}}
        - {list: l, items: [], override: {items: replace}}
        """
    )
    assert (made.lists["l"].items, made.macros["m"].condition.value) == ((), "c")


def test_every_key_can_be_overridden() -> None:
    rule = good(
        RULE,
        """
        - rule: r
          condition: and d
          desc: more
          output: " and more"
          tags: [two, three]
          priority: CRITICAL
          enabled: false
          capture_duration: 5
          override:
            {condition: append, desc: append, output: append, tags: append, priority: replace,
             enabled: replace, capture_duration: replace}
        """,
    ).rules["r"]
    assert rule.condition.value == "a.b = x or c and d"
    assert (rule.description, rule.output.value) == ("words more", "shown %a.b  and more")
    assert (rule.tags, rule.priority.value, rule.enabled) == (("one", "two", "three"), "CRITICAL", False)
    assert (rule.capture_duration, rule.index, rule.visibility) == (5, 1, 2)


def test_a_replaced_output_is_not_trimmed() -> None:
    rule = good(RULE, '- {rule: r, output: " x ", override: {output: replace}}').rules["r"]
    assert rule.output.value == " x "


def test_old_append_takes_the_condition_only() -> None:
    made, found = read(RULE, "- {rule: r, append: true, condition: and d, tags: [x], priority: nonsense}")
    assert made.rules["r"].condition.value == "a.b = x or c and d"
    assert (made.rules["r"].tags, made.rules["r"].priority.value) == (("one", "two"), "Notice")
    assert found == ["1:13 warning LOAD_DEPRECATED_ITEM append: true is deprecated"]


def test_a_rule_can_be_switched() -> None:
    made, found = read(RULE, "- {rule: r, enabled: false}")
    assert (made.rules["r"].enabled, made.rules["r"].tags) == (False, ("one", "two"))
    assert found == ["1:10 warning LOAD_DEPRECATED_ITEM a rule with nothing but enabled is deprecated"]
    assert good(RULE, "- {rule: r, enabled: 0}".replace("0}", "'no', override: {enabled: replace}}")).rules


@pytest.mark.parametrize("override", ["~", "{}", ""])
def test_an_empty_override_is_none(override: str) -> None:
    assert good(RULE + f"  override: {override}\n").rules["r"].condition.value == "a.b = x or c"


def test_an_unknown_source_is_kept_and_cannot_change() -> None:
    made, found = read(
        RULE + "  source: other\n",
        "- {rule: r, condition: and d, override: {condition: append}}",
        "- {rule: r, condition: and e, source: , override: {condition: append}}",
        "- {rule: r, condition: and f, source: syscall, override: {condition: append}}",
        "- {rule: r, desc: d, condition: c, output: o, priority: info}",
    )
    assert (made.rules["r"].source, made.rules["r"].condition.value) == ("other", "a.b = x or c and d and e")
    message = "error LOAD_ERR_VALIDATE the rule r is of source other, which cannot become syscall"
    assert found == [f"1:31 {message}", f"1:10 {message}"]


def test_an_element_with_an_error_changes_nothing() -> None:
    made, found = read(RULE, "- {rule: r, desc: d, condition: [c], output: o, priority: info}")
    assert made.rules["r"].description == "words"
    assert found == ["1:22 error LOAD_ERR_YAML_VALIDATE condition must be a single value, not a sequence"]


def test_appends_are_counted() -> None:
    append = "- {macro: m, condition: or x, override: {condition: append}}\n"
    _, found = read("- {macro: m, condition: x}\n" + append * 1_001)
    assert found == ["1002:11 error LOAD_ERR_YAML_VALIDATE more than 1000 appends to the macro m"]
