# SPDX-License-Identifier: Apache-2.0
"""JSON that nests as deep as its writer likes -> values that a recursive function can follow.

An API server takes 10,000 levels, Python's decoder a tenth of it or little less than all, depending on its
version. What lies deeper than a limit becomes null, which no schema here takes in the place of a container.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

DEEPEST: Final = 64  # levels of a text; what we read has 20 at most
_TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[][{}]', re.DOTALL)


def loads(text: str | bytes) -> Any:
    """As json.loads, at any depth. Raises ValueError for what is no JSON."""
    try:
        return json.loads(text)
    except RecursionError:
        return json.loads(cut(text if isinstance(text, str) else text.decode()))


def shallow_text(line: bytes) -> bytes:
    """The JSON itself where it nests no deeper than DEEPEST, else cut there. What is no JSON stays."""
    if line.count(b"[") + line.count(b"{") <= DEEPEST:
        return line
    try:
        deep = _is_deep(json.loads(line), DEEPEST)
    except RecursionError:
        deep = True
    except ValueError:
        deep = False
    return cut(line.decode()).encode() if deep else line


def cut(text: str, levels: int = DEEPEST) -> str:
    """The same JSON with null for each container below so many levels."""
    return "".join(_kept(text, levels))


def _kept(text: str, levels: int) -> Iterator[str]:
    start = depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("[", "{"):
            depth += 1
            if depth == levels + 1:
                yield text[start : token.start()]
                yield "null"
        elif token[0] in ("]", "}"):
            if depth == levels + 1:
                start = token.end()
            depth -= 1
    if depth <= levels:
        yield text[start:]


def shallow(value: Any, levels: int) -> Any:
    """The value itself where its containers are within so many levels, else a copy with null for the rest."""
    return _copy(value, levels) if _is_deep(value, levels) else value


def _is_deep(value: Any, levels: int) -> bool:
    layer = [value] if isinstance(value, Mapping | list) else []
    for _ in range(levels):
        layer = [inner for one in layer for inner in _values(one) if isinstance(inner, Mapping | list)]
        if not layer:
            return False
    return True


def _values(one: Mapping[str, Any] | list[Any]) -> Any:
    return one.values() if isinstance(one, Mapping) else one


def _copy(value: Any, levels: int) -> Any:
    if not isinstance(value, Mapping | list):
        return value
    if not levels:
        return None
    if isinstance(value, list):
        return [_copy(one, levels - 1) for one in value]
    return {key: _copy(one, levels - 1) for key, one in value.items()}
