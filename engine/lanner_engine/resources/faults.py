# SPDX-License-Identifier: Apache-2.0
"""What a model finds wrong, in the words of the other diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

_WORDS = {
    "extra_forbidden": "unknown key",
    "missing": "missing",
    "string_too_short": "empty",
    "string_too_long": "longer than {max_length} characters",
    "too_long": "more than {max_length} elements",
    "literal_error": "must be {expected}",
    "less_than_equal": "must be at most {le}",
    "greater_than_equal": "must be at least {ge}",
    "string_pattern_mismatch": "must match {pattern}",
    "value_error": "{error}",
}
_TYPES = {
    "string": "text",
    "int": "a whole number",
    "bool": "true or false",
    "dict": "a mapping",
    "model": "a mapping",
    "tuple": "a sequence",
}
TOO_LARGE = ("string_too_long", "too_long")


@dataclass(frozen=True, slots=True)
class Fault:
    """`path` are keys and numbers that lead to the place."""

    path: tuple[int | str, ...]
    message: str
    too_large: bool


def faults(model: type[BaseModel], written: Any) -> tuple[Fault, ...]:
    """Everything the model refuses; nothing when the value fits."""
    try:
        model.model_validate(written)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        return tuple(Fault(one["loc"], _message(one), one["type"] in TOO_LARGE) for one in found)
    return ()


def _message(one: Mapping[str, Any]) -> str:
    """Falls back on the model's own words."""
    kind: str = one["type"]
    words = _WORDS.get(kind)
    if words is not None:
        return words.format_map(one.get("ctx", {}))
    wanted = _TYPES.get(kind.partition("_")[0])
    return f"must be {wanted}" if wanted else str(one["msg"])


def place(path: tuple[int | str, ...]) -> str:
    """`rules[2].name`."""
    parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(parts).lstrip(".")
