# SPDX-License-Identifier: Apache-2.0
"""The schema of rules files: what it holds against a file, and that loading does not care."""

from __future__ import annotations

import pytest

from lanner_engine.documents import schema
from lanner_engine.source import Source
from tests.story import public_rules

RULE = "- rule: r\n  desc: d\n  condition: c\n  output: o\n"


def _faults(text: str) -> list[str] | None:
    found = schema.faults(Source("rules.yaml", text))
    return None if found is None else [one.message for one in found]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (RULE + "  priority: NOTICE\n", []),
        (RULE + "  priority: Notice\n", ["one of EMERGENCY"]),
        (RULE + "  priority: INFO\n  enabled: yes\n", ["true or false"]),
        (RULE + "  priority: INFO\n  enabled: True\n", ["true or false"]),
        (RULE + "  priority: INFO\n  items: [a, 1]\n", []),
        (RULE + "  priority: INFO\n  itms: [a]\n", ["no key itms"]),
        (RULE + "  override: {}\n", ["at least one entry"]),
        (RULE + "  override: {condition: add}\n", ["one of append, replace"]),
        (RULE + "  exceptions: [{name: e}, {fields: a, vals: []}]\n", ["name is missing", "no key vals"]),
        (RULE + "  exceptions: [{name: e, fields: {a: b}, values: null}]\n", []),
        (RULE + "  tags: a\n  capture_duration: x\n", ["a sequence", "a whole number"]),
        (RULE + "  capture_duration: 0x10\n", ["a whole number"]),
        ("- list: l\n  items: [[a]]\n", ["a text is expected"]),
        ("- required_plugin_versions: [{name: a}]\n", ["version is missing"]),
        ("- required_engine_version: 0.57.0\n", []),
        ("apiVersion: lanner.dev/v1alpha1\n", None),
        ("- [", None),
        ("", None),
    ],
)
def test_each_fault_is_named(text: str, faults: list[str] | None) -> None:
    found = _faults(text)
    if found is None or faults is None:
        assert found == faults
        return
    assert len(found) == len(faults)
    assert all(message.startswith(start) for message, start in zip(found, faults, strict=True))


def test_the_public_rules_fit() -> None:
    assert _faults(public_rules.path().read_text()) == []
