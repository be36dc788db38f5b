# SPDX-License-Identifier: Apache-2.0
"""What API objects may hold: each set, and all namespaces together, so that a bundle can be made of them.

They are looked at before anything is read. A namespace that is too large is refused for itself; when all of
them are too much, the largest have to wait, so that many small ones are never in need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lanner_engine.objects.cost import Cost

ALL_NAMESPACES = 16 << 20  # characters of the specs of all FalcoRules; a bundle holds twice that


@dataclass(frozen=True, slots=True)
class Limits:
    """What one set may hold: characters of all its specs, and objects."""

    characters: int
    objects: int

    def fitting(self, sizes: Iterable[int]) -> Iterator[bool]:
        """Whether each of these objects has room beside those before it that have."""
        characters, objects = self.characters, self.objects
        for size in sizes:
            fits = size <= characters and objects > 0
            if fits:
                characters, objects = characters - size, objects - 1
            yield fits

    def __str__(self) -> str:
        room = f"{self.characters >> 10:,} KiB in {self.objects:,} objects"
        return f"too much: all of them together may hold {room}"


@dataclass(frozen=True, slots=True)
class Budgets:
    """What rules may take of each agent's memory, in bytes (objects/cost): a FalcoRule, those of one
    namespace, those of all together, and beside them the ClusterFalcoRules, whose room no tenant can take.

    An agent holds the old and the new rules while it changes them: with these it needs 2 * (48 + 64) MiB of
    the chart's 512.
    """

    object: int = 16 << 20
    namespace: int = 24 << 20
    namespaces: int = 64 << 20
    cluster: int = 48 << 20


DEFAULT = Budgets()


def mib(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB"


CLUSTER = Limits(4 << 20, 1_000)
NAMESPACE = Limits(512 << 10, 200)
CROWDED_OUT = (
    f"too much: the FalcoRules of all namespaces together may hold {ALL_NAMESPACES >> 10:,} KiB, and this "
    "namespace is one of the largest"
)


def limits_of(namespace: str) -> Limits:
    """Of one set; "" is the cluster's."""
    return NAMESPACE if namespace else CLUSTER


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


def rooms(
    costs: Mapping[str, Mapping[str, Cost]], ages: Mapping[str, tuple[str, ...]], most: int
) -> dict[str, int]:
    """Bytes for each namespace that has to give some up, so that all fit into `most`: the youngest objects go
    first, those of namespaces with no more than an equal share stay. `costs` by namespace and object.
    """
    sizes = {name: sum(one.lasting for one in own.values()) for name, own in costs.items()}
    whole = sum(sizes.values())
    if whole <= most:
        return {}
    share = _share(sorted(sizes.values()), most)
    youngest = sorted(
        ((ages.get(key, ()), name, key) for name, own in costs.items() for key in own), reverse=True
    )
    left: dict[str, int] = {}
    for _, name, key in youngest:
        if whole <= most:
            break
        if sizes[name] > share:
            sizes[name] -= costs[name][key].lasting
            whole -= costs[name][key].lasting
            left[name] = sizes[name]
    return left


def _share(sizes: Sequence[int], most: int) -> int:
    """As much as each may have so that all are `most` together, when those with less have that."""
    left = most
    for number, size in enumerate(sizes):
        if size * (len(sizes) - number) > left:
            return left // (len(sizes) - number)
        left -= size
    return most
