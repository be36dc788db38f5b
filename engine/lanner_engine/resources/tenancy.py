# SPDX-License-Identifier: Apache-2.0
"""Lists of the cluster that namespaces add to: the keys tenantLists and tenantValues of a spec, and what
became of the values.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from lanner_engine.resources.shape import ATOMIC, Shape
from lanner_engine.resources.status import Count, Short

USUAL_ITEMS: Final = 100
MOST_ITEMS: Final = 1_000  # of one list in one namespace
MOST_LISTS: Final = 16
LONGEST_VALUE: Final = 256  # characters
READERS: Final = 20

ListName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"""^[^()"'\s=,]+$""")]


class TenantList(Shape):
    """A list of this object that every namespace may add values to, for the events of its own pods."""

    name: ListName = Field(description="The list. Its items hold everywhere.")
    maxItems: int = Field(
        default=USUAL_ITEMS,
        ge=0,
        le=MOST_ITEMS,
        json_schema_extra={"format": "int32"},
        description="How many values one namespace may give.",
    )


class TenantValues(Shape):
    """Values that this namespace adds to a list of the cluster, for the events of its own pods."""

    name: ListName = Field(description="The list, which a ClusterFalcoRule opens by tenantLists.")
    items: tuple[Annotated[str, Field(min_length=1, max_length=LONGEST_VALUE)], ...] = Field(
        max_length=MOST_ITEMS,
        description="The values, each as it is: quotes and names of lists have no meaning here.",
        json_schema_extra=ATOMIC,
    )


class GivenValues(Shape):
    """What became of a list's values."""

    name: Short = Field(description="The list.")
    items: Count = Field(description="How many values this object gives.")
    readBy: tuple[Short, ...] = Field(
        default=(),
        max_length=READERS,
        description="Rules of the cluster that read it, as ClusterFalcoRule/name: rule; the first twenty.",
        json_schema_extra=ATOMIC,
    )
