# SPDX-License-Identifier: Apache-2.0
"""A pydantic model as a structural schema, the part of OpenAPI that a CustomResourceDefinition may use.

References are put in place, and what an API server refuses or ignores (titles, closed objects, nulls, unions)
is rewritten.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]

_KEPT = (
    "type", "format", "enum", "default", "pattern", "minimum", "maximum", "minLength", "maxLength",
    "minItems", "maxItems", "minProperties", "maxProperties",
)  # fmt: skip


def structural(model: type[BaseModel]) -> Schema:
    """The schema of a model, ready to stand in a resource definition."""
    written = model.model_json_schema()
    return _schema(written, written.get("$defs", {}))


def _schema(written: Schema, definitions: Schema) -> Schema:
    written = _resolved(written, definitions)
    made: Schema = {}
    if "description" in written:
        made["description"] = " ".join(written["description"].split())
    made |= {key: written[key] for key in _KEPT if key in written and _says_something(key, written[key])}
    if "const" in written:
        made["enum"] = [written["const"]]
    if "anyOf" in written:
        return made | _any_of([_schema(one, definitions) for one in written["anyOf"]])
    if written.get("type") == "array":
        made["items"] = _schema(written["items"], definitions)
    if written.get("type") == "object":
        made |= _object(written, definitions)
    return made | {key: value for key, value in written.items() if key.startswith("x-kubernetes-")}


def _any_of(choices: list[Schema]) -> Schema:
    """Which one it is the engine tells: a schema that may be this or that is not structural. Each choice's
    bounds are kept, since they say nothing of values of other types; so the depth is bounded too.
    """
    made: Schema = {"x-kubernetes-preserve-unknown-fields": True}
    for choice in choices:
        made |= {key: value for key, value in choice.items() if key not in ("type", "description")}
    return made if "maxProperties" in made else {**made, "maxProperties": 0}


def _object(written: Schema, definitions: Schema) -> Schema:
    made: Schema = {}
    if "required" in written:
        made["required"] = written["required"]
    if "properties" in written:
        made["properties"] = {key: _schema(one, definitions) for key, one in written["properties"].items()}
    elif isinstance(written.get("additionalProperties"), dict):
        made["additionalProperties"] = _schema(written["additionalProperties"], definitions)
    return made


def _resolved(written: Schema, definitions: Schema) -> Schema:
    """With the definition behind a reference in place, and without the null beside it. What stands at the
    place itself counts more.
    """
    outer = {key: value for key, value in written.items() if key not in ("$ref", "anyOf")}
    if "$ref" in written:
        return {**definitions[written["$ref"].rpartition("/")[2]], **outer}
    choices = [one for one in written.get("anyOf", ()) if one.get("type") != "null"]
    if len(choices) == 1:
        return {**_resolved(choices[0], definitions), **outer}
    return written


def _says_something(key: str, value: Any) -> bool:
    """An API server writes defaults into the object, so empty ones are left out."""
    return key != "default" or value not in (None, [], {}, ())
