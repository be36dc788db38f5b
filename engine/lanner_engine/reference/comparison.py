# SPDX-License-Identifier: Apache-2.0
"""Comparison: one present value against the right side's values, operator by operator (specification 3.3)."""

from __future__ import annotations

import operator as python
from collections.abc import Callable
from typing import Any, cast

from lanner_engine.fields import matchers
from lanner_engine.fields.addresses import Network, holds
from lanner_engine.fields.globbing import glob
from lanner_engine.fields.regex import compile_regex
from lanner_engine.fields.types import Value

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": python.eq,
    "==": python.eq,
    "!=": python.ne,
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}

_TEXT: dict[str, Callable[[bytes, bytes], bool]] = {
    "contains": lambda value, wanted: value.find(wanted) >= 0,
    "bcontains": lambda value, wanted: value.find(wanted) >= 0,
    "icontains": lambda value, wanted: _lower(value).find(_lower(wanted)) >= 0,
    "startswith": lambda value, wanted: value[: len(wanted)] == wanted,
    "bstartswith": lambda value, wanted: value[: len(wanted)] == wanted,
    "endswith": lambda value, wanted: (
        len(value) >= len(wanted) and value[len(value) - len(wanted) :] == wanted
    ),
    "glob": lambda value, wanted: not matchers.too_long(wanted) and glob(wanted, value),
    "iglob": lambda value, wanted: not matchers.too_long(wanted) and glob(_lower(wanted), _lower(value)),
    "regex": lambda value, wanted: compile_regex(wanted)(value),
}


def compare(operator: str, value: Value, right: list[Value]) -> bool:
    """A single value. Only list operators look at more than the first of `right`."""
    networks = [one for one in right if isinstance(one, Network)]
    if networks:
        return any(holds(one, _bytes(value)) for one in networks) is (operator != "!=")
    if operator in ("in", "intersects"):
        return any(value == one for one in right)
    if operator == "pmatch":
        return any(path_match(_bytes(value), _bytes(one)) for one in right)
    if operator in _TEXT:
        return _TEXT[operator](_bytes(value), _bytes(right[0]))
    return _ORDER[operator](value, right[0])


def ends_compare(operator: str, ends: tuple[object, ...], right: list[Value]) -> bool:
    """Both ends of a connection: != is true of both, everything else of one."""
    outcomes = [compare(operator, cast(Value, end), right) for end in ends]
    return all(outcomes) if operator == "!=" else any(outcomes)


def list_compare(operator: str, values: tuple[object, ...], right: list[object]) -> bool:
    """A list's value: `in` is all elements, `intersects` at least one."""
    found = [any(value == one for one in right) for value in values]
    return all(found) if operator == "in" else any(found)


def path_match(value: bytes, pattern: bytes) -> bool:
    """Every part of the pattern equals, or glob-matches, the value's part at the same place."""
    parts = [part for part in value.split(b"/") if part]
    wanted = [part for part in pattern.split(b"/") if part]
    if len(wanted) > len(parts):
        return False
    return all(_part(one, part) for one, part in zip(wanted, parts, strict=False))


def _part(wanted: bytes, part: bytes) -> bool:
    if any(special in wanted for special in (b"?", b"*", b"[")):
        return glob(wanted, part)
    return wanted == part


def _lower(text: bytes) -> bytes:
    return bytes(c + 32 if 65 <= c <= 90 else c for c in text)  # noqa: PLR2004  A to Z


def _bytes(value: Value) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("a text operator on a value that is no text")
    return value
