# SPDX-License-Identifier: Apache-2.0
"""Objects that follow a source -> the same with its rules as their content, as the engine takes them.

What is in force comes out of the bundle in force, which outlives this process: no registry is needed for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lanner_engine.resources.origin import Origin
from lanner_engine.resources.rule_object import DEFINING, SOURCE, RuleObject
from lanner_operator.sources import wish
from lanner_operator.sources.follower import Follower

Key = tuple[str, int, Origin | None]
Pack = Callable[[RuleObject], RuleObject]  # the object with its spec as it is held


@dataclass(frozen=True, slots=True)
class Filled:
    """`objects` are to be judged; of those in `without`, by uid, nothing came yet."""

    objects: tuple[RuleObject, ...]
    without: frozenset[str]


class Followers:
    """Keeps what it made, so that a round costs nothing for what did not change."""

    def __init__(self, follower: Follower, pack: Pack) -> None:
        self._follower = follower
        self._pack = pack
        self._made: dict[Key, RuleObject] = {}

    def filled(self, objects: Iterable[RuleObject], previous: Mapping[str, RuleObject]) -> Filled:
        """`previous` by uid: the versions in force."""
        every = tuple(objects)
        self._follower.want(every, previous)
        found: list[RuleObject] = []
        without: set[str] = set()
        made: dict[Key, RuleObject] = {}
        for one in every:
            whole = self._whole(one, previous.get(one.uid), made) if wish.follows(one) else one
            if whole is None:
                without.add(one.uid)
            else:
                found.append(whole)
        self._made = made
        return Filled(tuple(found), frozenset(without))

    def _whole(
        self, one: RuleObject, before: RuleObject | None, made: dict[Key, RuleObject]
    ) -> RuleObject | None:
        """With what came last, or with what is in force, which may be what it held before it had a source."""
        came = self._follower.came(one.uid)
        if came is None and before is None:
            return None
        origin = came.origin if came is not None else before.origin if before is not None else None
        key = one.uid, one.generation, origin
        if key not in self._made:
            rules = {"content": came.content} if came is not None else _rules(before)
            spec = {name: value for name, value in one.spec.items() if name != SOURCE}
            self._made[key] = self._pack(replace(one, spec={**spec, **rules}, origin=origin))
        made[key] = self._made[key]
        return made[key]


def _rules(one: RuleObject | None) -> dict[str, Any]:
    spec: Mapping[str, Any] = {} if one is None else one.spec
    return {name: value for name, value in spec.items() if name in DEFINING}
