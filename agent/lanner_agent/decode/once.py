# SPDX-License-Identifier: Apache-2.0
"""An attribute that is made when it is asked for the first time, and is a plain one afterwards: for what is
asked again and again, as what a process is by every event of it.

Unlike functools.cached_property it takes no lock, which costs more than most of what is made here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

Value_co = TypeVar("Value_co", covariant=True)


class Once(Generic[Value_co]):
    """The class that uses it has a __dict__."""

    __slots__ = ("_make", "_name")

    def __init__(self, make: Callable[[Any], Value_co]) -> None:
        self._make = make
        self._name = make.__name__

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type | None = None) -> Value_co: ...
    def __get__(self, instance: object, owner: type | None = None) -> Value_co | Self:
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._make(instance)
        return value
