# SPDX-License-Identifier: Apache-2.0
"""How many events the kernel held back, in words: `openat of 1,000,000 seen, 600 recorded`.

In: what the kernel counted by event type. Out: numbers by text for the summary, by name for a FalcoNode.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Protocol

SHOWN = 10  # types of which the most were held back
TITLE = "events held back in the kernel, for no rule can be true of them"


class Sifted(Protocol):
    """The part of kernel.sifted.Sifted that is asked here."""

    @property
    def event_type(self) -> str: ...
    @property
    def seen(self) -> int: ...
    @property
    def held_back(self) -> int: ...
    @property
    def recorded(self) -> int: ...


def lines(found: Iterable[Sifted]) -> dict[str, int]:
    """Those of the types of which the most were held back, and one for all others."""
    ordered = sorted((one for one in found if one.held_back), key=lambda one: -one.held_back)
    told = {_words(one): one.held_back for one in ordered[:SHOWN]}
    rest = ordered[SHOWN:]
    if rest:
        seen, recorded = sum(one.seen for one in rest), sum(one.recorded for one in rest)
        told[f"of {len(rest)} other types, of {seen:,} seen, {recorded:,} recorded"] = sum(
            one.held_back for one in rest
        )
    return told


def numbers(found: Iterable[Sifted]) -> dict[str, int]:
    """Of all types together, by what they are."""
    told = Counter({"seen": 0, "held_back": 0, "recorded": 0})
    for one in found:
        told.update(seen=one.seen, held_back=one.held_back, recorded=one.recorded)
    return dict(told)


def _words(one: Sifted) -> str:
    return f"{one.event_type} of {one.seen:,} seen, {one.recorded:,} recorded"
