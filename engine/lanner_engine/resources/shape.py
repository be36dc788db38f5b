# SPDX-License-Identifier: Apache-2.0
"""What all models of the API have in common: how strict they are; how fields say more than JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=253)]


class Shape(BaseModel):
    """Unknown keys are errors: nothing is accepted that does nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def checks(*rules: tuple[str, str]) -> ConfigDict:
    """The model's CEL rules, each with what a user is told."""
    written: list[Any] = [{"rule": rule, "message": message} for rule, message in rules]
    return ConfigDict(json_schema_extra={"x-kubernetes-validations": written})


def keyed(key: str) -> dict[str, Any]:
    """A list whose elements are told apart by a key: no two have the same, and patches merge by it."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}


ATOMIC: dict[str, Any] = {"x-kubernetes-list-type": "atomic"}
# No two apply parts of it (server-side apply): its agent writes all of it, the operator sometimes patches
# conditions. Where an API server need not know who wrote which field, a write takes a quarter less of its
# time, and the object is half as large.
WHOLE: ConfigDict = {"json_schema_extra": {"x-kubernetes-map-type": "atomic"}}
