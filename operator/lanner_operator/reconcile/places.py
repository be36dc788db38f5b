# SPDX-License-Identifier: Apache-2.0
"""Which rule objects the operator holds: the oldest of each namespace, of each as many as have a place.

An object without a place is known by its name alone, so that their number is no way to fill the operator.
Where all namespaces together have no place left, the one that has most gives up its youngest object. The
cluster's own objects have places that no namespace can take. Pure.
"""

from __future__ import annotations

import bisect
import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from lanner_engine.objects.limits import CLUSTER, NAMESPACE
from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE, RuleObject
from lanner_operator.reconcile.observed import WatchedRule

TOLD_AT_ONCE: Final = 16  # of a namespace, before another has its turn

Age = tuple[str, str, str, str]  # creation, namespace, name, uid: the youngest last


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many objects have a place: of one namespace, of all namespaces, of the cluster."""

    namespace: int = NAMESPACE.objects
    namespaces: int = 5_000
    cluster: int = CLUSTER.objects


DEFAULT_NUMBERS: Final = Numbers()


class Unplaced(NamedTuple):
    """All that is kept of an object without a place. `told`: its status says so of this generation."""

    created: str
    namespace: str
    name: str
    uid: str
    generation: int
    told: bool

    @property
    def named(self) -> RuleObject:
        """The object without its spec."""
        kind = NAMESPACED_RULE if self.namespace else CLUSTER_RULE
        return RuleObject(kind, self.namespace, self.name, self.uid, self.generation, {}, self.created)


@dataclass(slots=True)
class _Set:
    """The objects of one namespace by uid; `ages` of those that are held, sorted."""

    held: dict[str, WatchedRule] = field(default_factory=dict)
    ages: list[Age] = field(default_factory=list)
    unplaced: dict[str, Unplaced] = field(default_factory=dict)

    def hold(self, rule: WatchedRule) -> None:
        self.held[rule.object.uid] = rule
        bisect.insort(self.ages, _age(rule.object))

    def let_go(self, uid: str) -> WatchedRule | None:
        rule = self.held.pop(uid, None)
        if rule is not None:
            self.ages.remove(_age(rule.object))
        return rule

    def give_up_youngest(self) -> None:
        rule = self.let_go(self.ages[-1][-1])
        assert rule is not None  # noqa: S101
        self.unplaced[rule.object.uid] = _unplaced(rule.object, told=False)


class Places:
    """Filled by handlers, read by the tasks of reconcile, all in one asyncio loop."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self._sets: dict[str, _Set] = {}
        self._everybodys = 0  # held of all namespaces, without the cluster's

    def put(self, one: RuleObject, made: Callable[[], WatchedRule], *, told: bool) -> bool:
        """An object as it is now; `made` is called if it has a place. `told`: its status says that it has
        none. Whether what is held is another now.
        """
        own = self._sets.setdefault(one.namespace, _Set())
        self._remove(own, one)
        if self._room(one, own):
            own.hold(made())
            self._count(one.namespace, 1)
            return True
        own.unplaced[one.uid] = _unplaced(one, told=told)
        return False

    def remove(self, one: RuleObject) -> bool:
        """It is deleted. Whether it was held."""
        own = self._sets.get(one.namespace)
        if own is None:
            return False
        was_held = self._remove(own, one)
        if not own.held and not own.unplaced:
            del self._sets[one.namespace]
        return was_held

    def keep(self, there: Callable[[str], bool]) -> None:
        """All are deleted whose uids are not `there`."""
        listed = [rule.object for rule in self.held()] + [one.named for one in self._unplaced()]
        for one in listed:
            if not there(one.uid):
                self.remove(one)

    def tell(self, one: Unplaced) -> None:
        """Its status says now that it has no place."""
        if self.is_unplaced(one):
            self._sets[one.namespace].unplaced[one.uid] = one._replace(told=True)

    def waiting(self, one: Unplaced) -> Unplaced | None:
        """The same object as it is known now; None where it has a place, or is deleted."""
        own = self._sets.get(one.namespace)
        return own.unplaced.get(one.uid) if own is not None else None

    def is_unplaced(self, one: Unplaced) -> bool:
        """Whether that is still so, of this version."""
        return self.waiting(one) == one

    def held(self) -> Iterator[WatchedRule]:
        return (rule for own in self._sets.values() for rule in own.held.values())

    def uids(self) -> set[str]:
        """Of all objects, with a place or without."""
        return {uid for own in self._sets.values() for uid in itertools.chain(own.held, own.unplaced)}

    def unplaced(self) -> dict[str, int]:
        """How many have no place, of each namespace that has such."""
        return {name: len(own.unplaced) for name, own in self._sets.items() if own.unplaced}

    def number(self, namespace: str) -> int:
        """How many objects there are."""
        own = self._sets.get(namespace, _Set())
        return len(own.held) + len(own.unplaced)

    def next(self) -> list[Unplaced]:
        """For which there is a place by now: the oldest of each namespace, of those first that hold least."""
        found: list[Unplaced] = []
        room = self.numbers.namespaces - self._everybodys
        if not room:
            found += self._owed()
        for name in self._waiting():
            own = self._sets[name]
            free = self._most(name) - len(own.held)
            free = min(free, room) if name else free
            chosen = heapq.nsmallest(free, own.unplaced.values())
            room -= len(chosen) if name else 0
            found += chosen
        return found

    def _owed(self) -> Iterator[Unplaced]:
        """Where all places are taken: those for which namespaces that hold more have to give up a place."""
        numbers = [-len(own.held) for name, own in self._sets.items() if name]
        heapq.heapify(numbers)  # the largest first
        for name in filter(None, self._waiting()):
            own, due = self._sets[name], 0
            most = min(len(own.unplaced), self._most(name) - len(own.held))
            while due < most and -numbers[0] > len(own.held) + due + 1:
                heapq.heapreplace(numbers, numbers[0] + 1)
                due += 1
            yield from heapq.nsmallest(due, own.unplaced.values())

    def _waiting(self) -> list[str]:
        """Namespaces with objects that have no place, those first that hold least."""
        return sorted(self.unplaced(), key=lambda name: (len(self._sets[name].held), name))

    def untold(self) -> list[Unplaced]:
        """Some whose status does not say yet that they have no place: the youngest, namespaces in turns."""
        rows = [
            heapq.nlargest(TOLD_AT_ONCE, (one for one in own.unplaced.values() if not one.told))
            for own in self._sets.values()
            if own.unplaced
        ]
        turns = itertools.chain.from_iterable(itertools.zip_longest(*rows))
        return list(itertools.islice((one for one in turns if one is not None), TOLD_AT_ONCE))

    def _remove(self, own: _Set, one: RuleObject) -> bool:
        own.unplaced.pop(one.uid, None)
        if own.let_go(one.uid) is None:
            return False
        self._count(one.namespace, -1)
        return True

    def _room(self, one: RuleObject, own: _Set) -> bool:
        """Whether it has a place, which a younger one may have to give up."""
        giver = self._giver(one.namespace, own)
        if giver is own and (not own.ages or _age(one) > own.ages[-1]):
            return False
        # A place that is free, or of others, is for the oldest that waits, whichever is heard of first.
        if giver is not own and any(waiting[:4] < _age(one) for waiting in own.unplaced.values()):
            return False
        if giver is None:
            return True
        giver.give_up_youngest()
        self._count(one.namespace, -1)
        return True

    def _giver(self, namespace: str, own: _Set) -> _Set | None:
        """Who has to give up a place; None where one is free."""
        if len(own.held) >= self._most(namespace):
            return own
        if not namespace or self._everybodys < self.numbers.namespaces:
            return None
        largest = max((one for name, one in self._sets.items() if name), key=lambda one: len(one.held))
        return largest if len(largest.held) > len(own.held) + 1 else own

    def _most(self, namespace: str) -> int:
        return self.numbers.namespace if namespace else self.numbers.cluster

    def _unplaced(self) -> Iterable[Unplaced]:
        return (one for own in self._sets.values() for one in own.unplaced.values())

    def _count(self, namespace: str, number: int) -> None:
        self._everybodys += number if namespace else 0


def _age(one: RuleObject) -> Age:
    return (*one.age, one.uid)


def _unplaced(one: RuleObject, *, told: bool) -> Unplaced:
    return Unplaced(one.created, one.namespace, one.name, one.uid, one.generation, told)
