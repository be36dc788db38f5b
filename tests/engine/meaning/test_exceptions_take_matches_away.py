# SPDX-License-Identifier: Apache-2.0
"""Random exceptions of a rule: it matches what its condition says and none of its exceptions' values."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_engine.codegen.compile import compile_rules
from lanner_engine.parser.condition import parse
from lanner_engine.passes.report import Report
from lanner_engine.passes.resolve import resolve
from lanner_engine.reference.evaluate import evaluate
from lanner_engine.text import plain
from tests.engine.meaning.loading import load, rule_text
from tests.engine.plain_facts import PlainDescriptor, PlainEvent, PlainProcess

NAMES = st.sampled_from(["cat", "dog", "cow", "a b", "/etc", "/etc/passwd"])
FIELDS = st.sampled_from(["proc.name", "fd.name", "proc.pname", "toupper(proc.name)"])
SINGLE = st.sampled_from(["=", "!=", "startswith", "contains", "glob"])
LISTED = st.sampled_from(["in", "pmatch", "= anyof", "startswith oneof", "!= allof"])

Value = str | list[str]
Element = tuple[list[str], list[str], list[list[Value]]]


@st.composite
def elements(draw: st.DrawFn) -> Element:
    """Fields, comparisons, and combinations of values."""
    fields = draw(st.lists(FIELDS, min_size=1, max_size=3))
    comparisons = [draw(SINGLE | LISTED) for _ in fields]
    kinds = [NAMES if " " not in one and one not in ("in", "pmatch") else _lists() for one in comparisons]
    rows = draw(st.lists(st.tuples(*kinds), max_size=3))
    return fields, comparisons, [list(row) for row in rows]


def _lists() -> st.SearchStrategy[Value]:
    return NAMES | st.lists(NAMES, max_size=3)


def _yaml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    return f"'{value}'"


def _text(values: list[Element]) -> str:
    lines = ["    - {name: e, " + _keys(*one) + "}\n" for one in values]
    condition = "evt.type = open or proc.name = cat"
    return rule_text(condition) + "  exceptions:\n" + "".join(lines)


def _keys(fields: list[str], comparisons: list[str], rows: list[list[Value]]) -> str:
    return f"fields: {_yaml(fields)}, comps: {_yaml(comparisons)}, values: {_yaml(rows)}"


def _holds(field: str, comparison: str, value: Value, event: PlainEvent) -> bool:
    quoted = [f'"{one}"' for one in (value if isinstance(value, list) else [value])]
    listed = isinstance(value, list) or comparison in ("in", "pmatch") or " " in comparison
    right = f"({', '.join(quoted)})" if listed else quoted[0]
    condition = resolve(parse(plain(f"{field} {comparison} {right}")), Report())
    return evaluate(condition, event)


EVENTS = st.builds(
    PlainEvent,
    type=st.sampled_from(["open", "execve"]),
    fd=st.none() | st.builds(PlainDescriptor, name=st.none() | NAMES.map(str.encode)),
    process=st.builds(
        PlainProcess,
        comm=NAMES.map(str.encode),
        parent=st.none() | st.builds(PlainProcess, comm=NAMES.map(str.encode)),
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(elements(), max_size=3), st.lists(EVENTS, min_size=1, max_size=4))
def test_a_rule_matches_what_no_exception_names(values: list[Element], events: list[PlainEvent]) -> None:
    checked = load(_text(values))
    assert checked.ok, checked.diagnostics
    program = compile_rules(checked.rules)
    for event in events:
        excepted = any(
            all(_holds(*one, event) for one in zip(fields, comparisons, row, strict=True))
            for fields, comparisons, rows in values
            for row in rows
        )
        named = event.type == "open" or event.process.comm == b"cat"
        assert bool(program.match(event)) == (named and not excepted)


# Exceptions of many values become tables: the same answers as condition by condition.

WORDS = ["cat", "dog", "cow", "a b", "/etc", "/etc/passwd", *(f"v{number}" for number in range(12))]
TABLED = st.sampled_from(["=", "==", "in"])
PLAIN = st.sampled_from(["proc.name", "fd.name", "proc.pname", "evt.rawres"])


@st.composite
def large(draw: st.DrawFn) -> Element:
    """Enough rows for a table, some of which cannot stand in one."""
    fields = draw(st.lists(PLAIN, min_size=1, max_size=3))
    comparisons = [draw(TABLED) for _ in fields]
    texts, numbers = st.sampled_from(WORDS), st.sampled_from(["0", "3", "-2", "+3"])
    columns = [
        st.lists(numbers if field == "evt.rawres" else texts, max_size=3)
        if comparison == "in"
        else (numbers if field == "evt.rawres" else texts)
        for field, comparison in zip(fields, comparisons, strict=True)
    ]
    rows = draw(st.lists(st.tuples(*columns), min_size=16, max_size=24))
    return fields, comparisons, [list(row) for row in rows]


@settings(max_examples=150, deadline=None)
@given(st.lists(large(), min_size=1, max_size=2), st.lists(EVENTS, min_size=1, max_size=6))
def test_tables_take_away_what_each_combination_would(
    values: list[Element], events: list[PlainEvent]
) -> None:
    checked = load(_text(values))
    assert checked.ok, checked.diagnostics
    (rule,) = checked.rules
    program = compile_rules(checked.rules)
    for event in events:
        excepted = any(
            all(_holds(*one, event) for one in zip(fields, comparisons, row, strict=True))
            for fields, comparisons, rows in values
            for row in rows
        )
        named = event.type == "open" or event.process.comm == b"cat"
        assert bool(program.match(event)) == (named and not excepted)
        assert evaluate(rule.condition, event) == (named and not excepted)
