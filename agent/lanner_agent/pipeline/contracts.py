# SPDX-License-Identifier: Apache-2.0
"""What the loop asks of its neighbours: the kernel's ring, decoded events, containers' metadata.

kernel/ and decode/ satisfy these as they are; tests of the loop satisfy them with plain objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from lanner_engine.fields import model

Record_co = TypeVar("Record_co", covariant=True)


class Ring(Protocol[Record_co]):
    """The part of kernel.probes.Probes that the loop uses."""

    def wait(self, timeout_s: float) -> bool: ...
    def wake(self) -> None: ...
    def drain(self) -> Sequence[Record_co]: ...


class Event(model.Event, Protocol):
    """What decode makes: the engine's event that also knows its container before the runtime is asked."""

    @property
    def container_id(self) -> bytes | None: ...  # full id; None on the host
    @property
    def generation(self) -> int: ...  # of the index that the kernel asked
    @property
    def candidates(self) -> int: ...  # the clauses that it left


class Metadata(Protocol):
    """The part of metadata.Metadata that the loop uses."""

    def settled(self, full_id: bytes) -> bool: ...
    def missing(self, full_id: bytes) -> str | None: ...
