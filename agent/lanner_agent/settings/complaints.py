# SPDX-License-Identifier: Apache-2.0
"""What the model says against a value -> a sentence with its place, and a hint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from lanner_agent.settings.layers import Layers, Loc
from lanner_agent.settings.model import Settings
from lanner_engine.diagnostics import suggest
from lanner_engine.source import NOWHERE, Diagnostic

UNKNOWN: Final = "CONFIG_UNKNOWN_KEY"
WRONG: Final = "CONFIG_WRONG_VALUE"

_Context = Mapping[str, Any]
_WORDS: Final[Mapping[str, Callable[[_Context], str]]] = {
    "literal_error": lambda ctx: f"must be {ctx['expected'].replace(chr(39), '')}",
    "greater_than_equal": lambda ctx: f"must be {ctx['ge']:.15g} or more",
    "greater_than": lambda ctx: f"must be more than {ctx['gt']:.15g}",
    "less_than_equal": lambda ctx: f"must be {ctx['le']:.15g} or less",
    "too_long": lambda ctx: f"has {ctx['actual_length']} entries, {ctx['max_length']} at most",
    "string_too_long": lambda ctx: f"has more than {ctx['max_length']} characters",
    "string_pattern_mismatch": lambda ctx: f"must be of the form {ctx['pattern']}",
    "value_error": lambda ctx: str(ctx["error"]),
    "missing": lambda _: "is missing",
}
_BY_BEGINNING: Final = {
    "int": "must be a whole number",
    "float": "must be a number",
    "finite": "must be a number",
    "bool": "must be true or false",
    "string": "must be a single value",
    "path": "must be a path",
    "tuple": "must be a sequence",
    "list": "must be a sequence",
    "model": "must be a mapping",
    "dict": "must be a mapping",
}


def diagnostic(error: ErrorDetails, layers: Layers) -> Diagnostic:
    """One complaint of the model as one of ours."""
    loc, context = error["loc"], error.get("ctx", {})
    place = layers.near(loc)
    if error["type"] == "extra_forbidden":
        hint = suggest(str(loc[-1]), _keys(loc[:-1]))
        span = place.key if place else NOWHERE
        return Diagnostic("error", UNKNOWN, f"there is no setting {written(loc)}", span, hint)
    whole = loc in layers.places
    span = (place.value if whole else place.key) if place else NOWHERE
    return Diagnostic("error", WRONG, f"{written(loc)} {_words(error, context)}", span, _hint(error, context))


def written(loc: Loc) -> str:
    """`redaction.patterns[0].name`."""
    parts = (f"[{one}]" if isinstance(one, int) else f".{one}" for one in loc)
    return "".join(parts).lstrip(".")


def _words(error: ErrorDetails, context: _Context) -> str:
    kind = error["type"]
    if kind in _WORDS:
        return _WORDS[kind](context)
    return _BY_BEGINNING.get(kind.partition("_")[0], error["msg"][:1].lower() + error["msg"][1:])


def _hint(error: ErrorDetails, context: _Context) -> str:
    if error["type"] != "literal_error":
        return ""
    return suggest(str(error["input"]), [word.strip("' ") for word in context["expected"].split(" or ")])


def _keys(loc: Loc) -> list[str]:
    """What a mapping at this place may hold."""
    part: Any = Settings
    for one in loc:
        part = _below(part, one)
    return [info.alias or name for name, info in part.model_fields.items()] if _is_part(part) else []


def _below(part: Any, one: str | int) -> Any:
    if isinstance(one, int):
        return part
    found = next((info for name, info in part.model_fields.items() if one == (info.alias or name)), None)
    annotation: Any = found.annotation if found else None
    return next((each for each in (annotation, *get_args(annotation)) if _is_part(each)), Settings)


def _is_part(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
