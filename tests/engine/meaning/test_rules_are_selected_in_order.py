# SPDX-License-Identifier: Apache-2.0
"""Which rules are in force: threshold, enabled, switches by name and tag, the last one wins (specification
6.2).
"""

from __future__ import annotations

import pytest

from lanner_engine.program.load import check
from lanner_engine.program.rule import Priority
from lanner_engine.program.selection import Naming, Selection, Switch
from lanner_engine.source import Source


def _rule(name: str, priority: str, tags: str, enabled: str = "true") -> str:
    head = f"- rule: {name}\n  desc: d\n  condition: evt.type = open\n  output: x\n"
    return f"{head}  priority: {priority}\n  tags: [{tags}]\n  enabled: {enabled}\n"


RULES = (
    _rule("Read a file", "ERROR", "file, read")
    + _rule("Write a file", "NOTICE", "file, write")
    + _rule("Run a shell?", "INFO", "process", "false")
    + _rule("debugging", "DEBUG", "process")
)


def _on(name: str | None = None, tag: str | None = None) -> Switch:
    return Switch(True, name, tag)


def _off(name: str | None = None, tag: str | None = None) -> Switch:
    return Switch(False, name, tag)


def _selected(*switches: Switch, minimum: Priority = Priority.DEBUG) -> str:
    checked = check([Source("rules.yaml", RULES)], Selection(minimum, switches))
    return " ".join(rule.name[:2] for rule in checked.rules)


@pytest.mark.parametrize(
    ("switches", "selected"),
    [
        ([], "Re Wr de"),
        ([_off("*")], ""),
        ([_off("*"), _on(tag="file")], "Re Wr"),
        ([_on(tag="file"), _off("*")], ""),
        ([_on("*")], "Re Wr Ru de"),
        ([_off("*file")], "de"),
        ([_off("*a*"), _on("*a file")], "Re Wr de"),
        ([_off("read a file")], "Re Wr de"),
        ([_off("Read a")], "Re Wr de"),
        ([_on("Run a shell?"), _off("Run a shel??")], "Re Wr Ru de"),
        ([_off("*d*e*a*l*e")], "Re Wr de"),
        ([_off("R*d*a*l*e")], "Wr de"),
        ([_off("*", "file"), _on("debugging", "read")], "Re de"),
        ([Switch(False, "a file", naming=Naming.SUBSTRING)], "de"),
        ([Switch(False, "", naming=Naming.SUBSTRING)], ""),
        ([Switch(False, "Read a file", naming=Naming.EXACT)], "Wr de"),
        ([Switch(False, "*", naming=Naming.EXACT)], "Re Wr de"),
        ([Switch(False, "", naming=Naming.EXACT)], ""),
    ],
)
def test_the_last_switch_that_names_a_rule_decides(switches: list[Switch], selected: str) -> None:
    assert _selected(*switches) == selected


@pytest.mark.parametrize(
    ("minimum", "selected"),
    [
        (Priority.DEBUG, "Re Wr Ru de"),
        (Priority.INFORMATIONAL, "Re Wr Ru"),
        (Priority.NOTICE, "Re Wr"),
        (Priority.ERROR, "Re"),
        (Priority.CRITICAL, ""),
    ],
)
def test_what_is_below_the_threshold_no_switch_brings_back(minimum: Priority, selected: str) -> None:
    assert _selected(_on("*"), minimum=minimum) == selected


def test_switches_that_name_no_rule_are_told() -> None:
    switches = (_on("Read*"), _off("Raed a file"), _on(tag="none"))
    checked = check([Source("rules.yaml", RULES)], Selection(switches=switches))
    assert checked.idle == switches[1:]


def test_a_later_document_enables_a_rule() -> None:
    override = "- rule: Run a shell?\n  enabled: true\n  override: {enabled: replace}\n"
    checked = check([Source("rules.yaml", RULES), Source("more.yaml", override)])
    assert "Run a shell?" in [rule.name for rule in checked.rules]
