# SPDX-License-Identifier: Apache-2.0
"""Alerts are counted in bounded memory, and a proof finds what an exception hides though nobody named it."""

from __future__ import annotations

from lanner_engine.alerts import gathered, proof
from lanner_engine.alerts.reading import Alert
from lanner_engine.source import Source

RULES = Source(
    "rules.yaml",
    "[{rule: R, desc: d, condition: evt.type = open and fd.name startswith /, output: o, priority: INFO}]",
)
TOO_WIDE = Source(
    "exceptions.yaml",
    "[{rule: R, exceptions: [{name: e, fields: [fd.name], comps: [startswith], values: [[/tmp]]}], "
    "override: {exceptions: append}}]",
)


def test_what_finds_no_room_is_counted() -> None:
    found = gathered.Gathered()
    for number in range(gathered.MOST_KINDS + 5):
        found.add(Alert("R", {"fd.name": f"/tmp/{number}"}))
    for number in range(gathered.MOST_RULES + 5):
        found.add(Alert(f"R{number}", {}))
    assert sum(map(len, found.kinds.values())) <= gathered.MOST_KINDS
    assert found.alerts == sum(sum(kinds.values()) for kinds in found.kinds.values()) + found.crowded


def test_a_large_value_takes_no_room() -> None:
    found = gathered.Gathered()
    for number in range(100):
        found.add(Alert("R", {"fd.name": f"{number}" + "x" * 100_000}))
    assert len(found.kinds["R"]) == 100
    assert sum(len(str(kind)) for kind in found.kinds["R"]) < 10_000


def test_an_exception_that_hides_more_than_is_named_is_found() -> None:
    found = gathered.Gathered()
    for name in ("/tmp/a", "/tmp/a", "/etc/shadow"):
        found.add(Alert("R", {"evt.type": "open", "fd.name": name}))
    proved = proof.prove([RULES], TOO_WIDE, found, {})
    assert (proved.vanish, proved.stay) == (2, 1)
    assert proved.wrong == (("R", (("evt.type", "open"), ("fd.name", "/tmp/a"))),)
