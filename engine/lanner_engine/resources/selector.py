# SPDX-License-Identifier: Apache-2.0
"""A label selector as Kubernetes has it, bounded. Part of a rule's spec; program/scope decides with it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from lanner_engine.resources.shape import ATOMIC, Shape, checks

LabelKey = Annotated[str, Field(min_length=1, max_length=317)]  # a prefix of 253, a slash, a name of 63
LabelValue = Annotated[str, Field(max_length=63)]

_WITH_VALUES = ("In", "NotIn")


class LabelRequirement(Shape):
    """One requirement on one label."""

    model_config = checks(
        (
            "(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)",
            "operators In and NotIn need values; Exists and DoesNotExist take none",
        )
    )

    key: LabelKey = Field(description="The label's key.")
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"] = Field(
        description="What the label must fulfil. NotIn and DoesNotExist hold without the label too."
    )
    values: tuple[LabelValue, ...] = Field(
        default=(), max_length=32, description="Values for In and NotIn.", json_schema_extra=ATOMIC
    )

    @model_validator(mode="after")
    def _values_fit(self) -> Self:
        if (self.operator in _WITH_VALUES) != bool(self.values):
            raise ValueError("operators In and NotIn need values; Exists and DoesNotExist take none")
        return self


class ContainerSelector(Shape):
    """Containers by their names and images. Both must hold where both stand; what is not known does not."""

    model_config = checks(("has(self.names) || has(self.imageGlobs)", "containers has names or imageGlobs"))

    names: tuple[Annotated[str, Field(min_length=1, max_length=63)], ...] | None = Field(
        default=None,
        min_length=1,
        max_length=32,
        description="Names of containers, as they stand in the pods' specs.",
        json_schema_extra=ATOMIC,
    )
    imageGlobs: tuple[Annotated[str, Field(min_length=1, max_length=512)], ...] | None = Field(
        default=None,
        min_length=1,
        max_length=32,
        description="Patterns with * and ?, one of which is like the whole image: with its tag, as in "
        "docker.io/library/nginx:1.*, or without, as in docker.io/library/nginx.",
        json_schema_extra=ATOMIC,
    )

    @model_validator(mode="after")
    def _one_is_there(self) -> Self:
        if self.names is None and self.imageGlobs is None:
            raise ValueError("containers has names or imageGlobs")
        return self


class LabelSelector(Shape):
    """Labels that must be there. All requirements must hold; an empty selector selects everything."""

    matchLabels: dict[LabelKey, LabelValue] = Field(
        default={}, max_length=32, description="Labels that must have exactly these values."
    )
    matchExpressions: tuple[LabelRequirement, ...] = Field(
        default=(),
        max_length=32,
        description="Requirements on labels beyond equality.",
        json_schema_extra=ATOMIC,
    )
