# SPDX-License-Identifier: Apache-2.0
"""What API objects may hold: each set, and all namespaces together, so that a bundle can be made of them.

Asked by program/objects before anything is read. A namespace that is too large is refused for itself; when
all of them are too much, the largest have to wait, so that many small ones are never in need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ALL_NAMESPACES = 16 << 20  # characters of the specs of all FalcoRules; a bundle holds twice that


@dataclass(frozen=True, slots=True)
class Limits:
    """What one set may hold: characters of all its specs, and objects."""

    characters: int
    objects: int

    def __str__(self) -> str:
        room = f"{self.characters >> 10:,} KiB in {self.objects:,} objects"
        return f"too much: all of them together may hold {room}"


CLUSTER = Limits(4 << 20, 1_000)
NAMESPACE = Limits(512 << 10, 200)
CROWDED_OUT = (
    f"too much: the FalcoRules of all namespaces together may hold {ALL_NAMESPACES >> 10:,} KiB, and this "
    "namespace is one of the largest"
)


def crowded_out(sizes: Mapping[str, int]) -> frozenset[str]:
    """The namespaces for which there is no room beside smaller ones; `sizes` in characters, each counting at
    most what one may hold.
    """
    room = ALL_NAMESPACES
    out: set[str] = set()
    for name in sorted(sizes, key=lambda name: (sizes[name], name)):
        room -= min(sizes[name], NAMESPACE.characters)
        if room < 0:
            out.add(name)
    return frozenset(out)
