# SPDX-License-Identifier: Apache-2.0
"""A row of a table of metrics: name, type, help, labels, and where the values are read. The page and the
reference follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from lanner_apiserver.metrics.histogram import Histogram

Kind = Literal["counter", "gauge", "histogram"]
Labels = tuple[str, ...]
Value = float | Histogram
Sample = tuple[Labels, Value]

S_contra = TypeVar("S_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Family(Generic[S_contra]):
    """`read` gives values by values of the labels, of what the program counted since its start."""

    name: str
    kind: Kind
    help: str
    labels: Labels
    read: Callable[[S_contra], Iterable[Sample]]


def one(value: float) -> list[Sample]:
    """The values of a family without labels."""
    return [((), value)]
