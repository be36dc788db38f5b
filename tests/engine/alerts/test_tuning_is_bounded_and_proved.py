# SPDX-License-Identifier: Apache-2.0
"""Alerts are counted in bounded memory, and a proof finds what an exception hides though nobody named it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_engine.alerts import gathered, proof, written
from lanner_engine.alerts.proposals import proposals
from lanner_engine.alerts.reading import Alert
from lanner_engine.fields import table
from lanner_engine.program.load import check
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


WORDS = [
    "",
    " ",
    "a b",
    "'",
    '"',
    "\\",
    '\\"',
    "(x)",
    "a, b",
    "a) or (evt.num >= 0",
    "é",
    "***",
    "\ufffd",
    "\u202e",
    "\ud800",
]
WORDS += [
    "null",
    "~",
    "true",
    "- x",
    "#",
    "*a",
    "&a",
    ": ",
    "l",
    "val(proc.name)",
    "/a",
    "x" * 300,
    "anyof",
    "007",
]
VALUES = st.sampled_from([None, True, False, 0, -1, 1 << 70, 1.5, ["a"], *WORDS])
FIELDS = st.sampled_from(
    [*table.FIELDS, "proc.args[0]", "evt.arg.flags", "evt.arg[0]", "thread.cgroup[x]", "no.field"]
)
OUTPUTS = st.dictionaries(FIELDS, VALUES, max_size=6)
RULE = Source(
    "rules.yaml",
    "[{list: l, items: [/a]}, {rule: R, desc: d, condition: evt.type = open, output: o, priority: INFO}]",
)


@settings(max_examples=60, deadline=None)
@given(st.lists(OUTPUTS, min_size=1, max_size=3))
def test_whatever_alerts_say_exceptions_load_and_hide_what_is_named(outputs: list[dict[str, object]]) -> None:
    found = gathered.Gathered()
    for number, fields in enumerate(outputs):
        known = {"proc.exepath": f"/{number} '\"", "evt.type": "open", **fields}
        for _ in range(3):
            found.add(Alert("R", known))  # type: ignore[arg-type]
    made = [one for one in proposals("R", found.kinds["R"], 2) if not one.refused]
    text = written.document(made, {"R": found.alerts})
    source = Source("exceptions.yaml", text or "[]")
    assert [one.message for one in check([RULE, source]).diagnostics if one.severity == "error"] == []
    proved = proof.prove([RULE], source, found, {"R": made})
    assert [kind for _, kind in proved.wrong if dict(kind).get("evt.type") == "open"] == []
