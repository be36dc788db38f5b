# SPDX-License-Identifier: Apache-2.0
"""What the index made of the events of each type: how many the kernel saw, held back and recorded, since the
start. In: its counters (bpf/base/counters.h), read by probes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lanner_agent.kernel import tables
from lanner_agent.kernel.record_layout import Reason

_REASONS: Final = len(tables.REASONS)


@dataclass(frozen=True, slots=True)
class Sifted:
    """Events of a type that rules name. Those that were neither held back nor recorded are lost, and counted
    as such; of a call that moves several messages each message is recorded.
    """

    event_type: str
    seen: int
    held_back: int
    recorded: int


def by_event_type(values: Sequence[int]) -> tuple[Sifted, ...]:
    """`values`: the sums of all counters, as the map has them. Types of which none was seen are left out."""
    found = (_one(name, values[at * _REASONS : (at + 1) * _REASONS]) for name, at in tables.EVENTS.items())
    return tuple(one for one in found if one.seen)


def _one(name: str, values: Sequence[int]) -> Sifted:
    held_back = values[Reason.HELD_BACK]
    return Sifted(name, values[Reason.SEEN] + held_back, held_back, values[Reason.SENT])
