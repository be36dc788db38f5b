# SPDX-License-Identifier: Apache-2.0
"""Every field of the table in text and in JSON, on an event that has it: golden/fields.txt, one line each.

`event | field | text | JSON`; the events are those of telling_events. Specification section 5.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lanner_agent.publish import json_lines, redact
from lanner_agent.publish.alert import Alert
from lanner_engine.ast import FieldRef
from lanner_engine.fields import table
from lanner_engine.fields.field import Field, Records
from lanner_engine.fields.types import Kind
from lanner_engine.output.parse import parse_format
from lanner_engine.program.rule import CheckedRule
from lanner_engine.text import plain
from tests.agent.events import rules
from tests.agent.publish.telling_events import EVENTS

LINES = (Path(__file__).parent / "golden" / "fields.txt").read_text().splitlines()
CASES = [tuple(line.split(" | ")) for line in LINES if line and not line.startswith("#")]
JSON_TYPES: dict[Kind, type] = {Kind.INTEGER: int, Kind.IDENTITY: int, Kind.DOUBLE: float, Kind.BOOL: bool}
# Numbers in JSON, texts in messages.
TIMES = ("evt.time", "evt.time.s", "evt.time.iso8601", "evt.datetime", "evt.datetime.s")


@pytest.fixture(autouse=True)
def _in_utc() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(scope="module")
def rule() -> CheckedRule:
    (made,) = rules.compiled(rules.text(output="x")).rules
    return made


def said(rule: CheckedRule, event: str, field: str) -> tuple[str, Any]:
    """The message without its beginning, and the value among the fields."""
    alert = Alert(replace(rule, output=parse_format(plain(f"%{field}"))), EVENTS[event])
    document = json.loads(json_lines.line(alert.snapshot, redact.shown))
    return document["output"].split(" ", 2)[2], document["output_fields"][field]


def named(field: str) -> tuple[FieldRef, Field]:
    name, _, argument = field.removesuffix("]").partition("[")
    ref = table.resolve(FieldRef(name, argument.encode() or None))
    return ref, table.FIELDS[ref.name]


@pytest.mark.parametrize(("event", "field", "text", "value"), CASES)
def test_a_field_has_this_form(rule: CheckedRule, event: str, field: str, text: str, value: str) -> None:
    found = said(rule, event, field)
    assert found == (text, json.loads(value))
    assert type(found[1]) is type(json.loads(value))


@pytest.mark.parametrize(("event", "field", "text", "value"), CASES)
def test_a_value_in_json_is_of_the_type_of_the_table(event: str, field: str, text: str, value: str) -> None:
    ref, entry = named(field)
    wanted: type = JSON_TYPES.get(table.type_of(ref).kind, str)
    wanted = list if "L" in entry.flags else int if entry.name in TIMES else wanted
    parsed = json.loads(value)
    assert parsed is None or type(parsed) is wanted
    assert parsed is not None or text == "<NA>"


def test_no_field_is_left_out() -> None:
    present = {named(field)[1].name for _, field, _, value in CASES if value != "null"}
    absent = {named(field)[1].name for _, field, _, value in CASES if value == "null"}
    printable = {field.name: field for field in table.FIELDS.values() if "F" not in field.flags}
    never = {name for name, field in printable.items() if _is_always_absent(field)}
    assert present == printable.keys() - never
    assert never <= absent


def _is_always_absent(field: Field) -> bool:
    return field.records is Records.NONE or "None" in (field.code, field.argument_code)
