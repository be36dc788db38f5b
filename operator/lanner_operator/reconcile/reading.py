# SPDX-License-Identifier: Apache-2.0
"""Which objects are read at all, by their sizes: what has no room in its set, or whose namespace has none
beside the others, is refused unread. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from lanner_engine.objects.limits import crowded_out, limits_of
from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.reconcile.packed import Outline

Sets = Mapping[str, Sequence[RuleObject]]  # by namespace, each in load order; "" is the cluster's
Size = Callable[[RuleObject], int]


def sets(objects: Iterable[RuleObject]) -> dict[str, list[RuleObject]]:
    """The cluster's is always there."""
    found: dict[str, list[RuleObject]] = {"": []}
    for one in sorted(objects, key=lambda one: (one.namespace, one.order)):
        found.setdefault(one.namespace, []).append(one)
    return found


def without_room(found: Sets, size: Size) -> frozenset[str]:
    """The namespaces of which nothing is read."""
    return crowded_out({name: sum(map(size, own)) for name, own in found.items() if name})


def read(found: Sets, size: Size) -> frozenset[str]:
    """The keys of the objects that are read."""
    return frozenset(one.key for one in _read(found, size))


def late(found: Sets, size: Size) -> frozenset[str]:
    """The namespaces of which something is read that has only its outline yet."""
    return frozenset(one.namespace for one in _read(found, size) if isinstance(one.spec, Outline))


def _read(found: Sets, size: Size) -> Iterator[RuleObject]:
    out = without_room(found, size)
    for name, own in found.items():
        fitting = limits_of(name).fitting(map(size, own))
        yield from (one for one, fits in zip(own, fitting, strict=True) if fits and name not in out)
