# SPDX-License-Identifier: Apache-2.0
"""JSON of any depth is read; what lies too deep is null, and all beside it stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web

from lanner_apiserver import nesting
from lanner_apiserver.client import Api
from lanner_apiserver.nesting import DEEPEST
from tests.apiserver.serving import asked

LEVELS = (600, 3_000, 9_990, 100_000)


def nested(levels: int, innermost: str = '"a"') -> str:
    """Sequences and mappings in turn."""
    opening = "".join("[" if level % 2 else '{"k":' for level in range(levels))
    closing = "".join("]" if level % 2 else "}" for level in reversed(range(levels)))
    return opening + innermost + closing


def depth(value: Any) -> int:
    found = 0
    while isinstance(value, dict | list):
        value = value["k"] if isinstance(value, dict) else value[0]
        found += 1
    return found


@pytest.mark.parametrize("levels", LEVELS)
def test_a_text_of_any_depth_is_read(levels: int) -> None:
    text = '{"deep":' + nested(levels) + ',"beside":["[{\\"","]}"]}'
    found = nesting.loads(text)
    assert found["beside"] == ['[{"', "]}"]
    assert depth(nesting.shallow(found, DEEPEST)["deep"]) == DEEPEST - 1


@pytest.mark.parametrize("levels", LEVELS)
def test_a_line_of_any_depth_is_cut(levels: int) -> None:
    line = ('{"deep":' + nested(levels) + ',"beside":1}').encode()
    found = json.loads(nesting.shallow_text(line))
    assert found["beside"] == 1
    assert depth(found["deep"]) == DEEPEST - 1


def test_cut_texts_say_what_cut_values_say() -> None:
    text = json.dumps({"a": [1, [2, [3, []], {"b": {"c": [4]}}], "[[["], "d": {'\\"[': [[[]]]}})
    for levels in range(1, 8):
        assert json.loads(nesting.cut(text, levels)) == nesting.shallow(json.loads(text), levels)
    assert nesting.shallow(json.loads(text), 2) == {"a": [1, None, "[[["], "d": {'\\"[': None}}


@pytest.mark.parametrize("levels", [1, DEEPEST - 1, DEEPEST])
def test_what_is_not_too_deep_is_the_same(levels: int) -> None:
    line = nested(levels).encode()
    assert nesting.shallow_text(line) is line
    value = json.loads(line)
    assert nesting.shallow(value, DEEPEST) is value


def test_a_large_line_that_is_flat_is_the_same() -> None:
    line = json.dumps([[1]] * 1_000).encode()
    assert nesting.shallow_text(line) is line


@pytest.mark.parametrize("text", ["[" * 5_000, "]" * 5_000, "[" * 5_000 + "}" * 5_000, '["', "\ufeff"])
def test_what_is_no_json_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        nesting.loads(text)
    assert isinstance(refusal.value, json.JSONDecodeError)
    with pytest.raises(ValueError, match=r"."):
        json.loads(nesting.shallow_text(text.encode()))


def test_an_answer_with_something_deep_is_an_answer() -> None:
    async def handler(_request: web.Request) -> web.Response:
        text = '{"items":[{"metadata":{"uid":"u"}},{"metadata":{"uid":"v","x":' + nested(5_000) + "}}]}"
        return web.Response(text=text, content_type="application/json")

    async def use(api: Api) -> Any:
        return await api.request("GET", "/x")

    found = asked(handler, use)
    assert [one["metadata"]["uid"] for one in found["items"]] == ["u", "v"]
