# SPDX-License-Identifier: Apache-2.0
"""Every line of golden/outputs: the message of an event, and what JSON gets of its fields."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lanner_engine.output.parse import parse_format
from lanner_engine.output.prepared import Prepared
from lanner_engine.text import plain
from tests.engine.meaning.facts_from_text import event

GOLDEN = Path(__file__).parent / "golden" / "outputs"


def _cases() -> list[object]:
    cases: list[object] = []
    for path in sorted(GOLDEN.glob("*.txt")):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if line.strip() and not line.startswith("#"):
                parts = re.split(r"\s*\|\s+", line, maxsplit=3)
                cases.append(pytest.param(*parts, id=f"{path.stem}:{number}"))
    return cases


def _json(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode()
    return [_json(one) for one in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize(("output", "facts", "message", "fields"), _cases())
def test_output(output: str, facts: str, message: str, fields: str) -> None:
    template, happened = parse_format(plain(output)), event(facts)
    assert template.render(happened).decode() == message
    values = {name: _json(value) for name, value in template.values(happened).items()}
    assert values == json.loads(fields)
    assert Prepared(template).told(happened) == (message.encode(), template.values(happened))
    assert all(type(value) is type(json.loads(fields)[name]) for name, value in values.items())
