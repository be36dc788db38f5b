# SPDX-License-Identifier: Apache-2.0
"""API objects to checked rules, with a verdict on each: the front door for all of a cluster's objects.

The operator judges one set at a time (objects/sets). ClusterFalcoRules are one set; the FalcoRules of each
namespace are a set of their own, which can use the cluster's lists and macros, and changes nothing for
others. Nothing is raised for bad input, and its cost is bounded: each set has a limit for what all of its
objects hold together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from lanner_engine.objects.limits import Budgets, crowded_out, rooms
from lanner_engine.objects.memory import Memory
from lanner_engine.objects.sets import Answer, Asked, Verdict, judge
from lanner_engine.objects.versions import Versions, Weighed, fingerprint, weigh
from lanner_engine.program import tenant_values
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import RuleObject

__all__ = ["NO_PREVIOUS", "CheckedObjects", "Verdict", "check_objects"]

NO_PREVIOUS: Mapping[str, RuleObject] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CheckedObjects:
    """Verdicts by key, the cluster's first, each set in load order; and the rules in force."""

    verdicts: Mapping[str, Verdict]
    cluster: tuple[CheckedRule, ...]
    namespaces: Mapping[str, tuple[CheckedRule, ...]]

    @property
    def in_force(self) -> tuple[RuleObject, ...]:
        """What a bundle holds, the cluster's first, each set in load order."""
        found = [one.in_force for one in self.verdicts.values() if one.in_force is not None]
        return tuple(sorted(found, key=lambda one: (one.namespace, one.order)))


_VERSIONS = Versions()
_ANSWERS: Memory[tuple[object, ...], Answer] = Memory()


def check_objects(
    objects: Sequence[RuleObject],
    previous: Mapping[str, RuleObject] = NO_PREVIOUS,
    budgets: Budgets | None = None,
) -> CheckedObjects:
    """Verdicts on objects; `previous` are the last good versions by uid. What was asked last time and has not
    changed is answered from memory.
    """
    sets = in_sets(objects)
    answers = _answers(sets, previous, budgets)
    if budgets is not None:
        costs = {name: one.costs for name, one in answers.items() if name}
        ages = {one.object.key: one.object.age for own in sets.values() for one in own}
        left = rooms(costs, ages, budgets.namespaces)
        answers |= _answers({name: sets[name] for name in ("", *left)}, previous, budgets, left)
    _VERSIONS.forget()
    _ANSWERS.forget()
    verdicts = {
        one.object.key: _whole(answers[name].verdicts[one.object.key], one.object, previous)
        for name, own in sets.items()
        for one in own
    }
    rules = {name: one.rules for name, one in answers.items()}
    in_force = (one.in_force for one in verdicts.values() if one.in_force is not None)
    cluster = tenant_values.bound(rules.pop(""), tenant_values.of_objects(in_force))
    return CheckedObjects(verdicts, cluster, {name: own for name, own in rules.items() if own})


def _whole(verdict: Verdict, one: RuleObject, previous: Mapping[str, RuleObject]) -> Verdict:
    """With the objects, of which memory keeps the names."""
    if verdict.in_force is None:
        return replace(verdict, object=one)
    return replace(verdict, object=one, in_force=one if verdict.accepted else previous.get(one.uid))


def in_sets(objects: Sequence[RuleObject]) -> dict[str, list[Weighed]]:
    """By namespace, the cluster's under "" and first, each in load order."""
    sets: dict[str, list[Weighed]] = {"": []}
    for one in sorted(objects, key=lambda one: (one.namespace, one.order)):
        sets.setdefault(one.namespace, []).append(weigh(one))
    return sets


def too_large_sets(sets: Mapping[str, Sequence[Weighed]]) -> frozenset[str]:
    """The namespaces that are not read, since all hold too much together."""
    return crowded_out({name: sum(one.size for one in own) for name, own in sets.items() if name})


def _answers(
    sets: Mapping[str, Sequence[Weighed]],
    previous: Mapping[str, RuleObject],
    budgets: Budgets | None,
    left: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, Answer]:
    out = too_large_sets(sets)
    found: dict[str, Answer] = {}
    for name, own in sets.items():
        cluster = found.get("")
        view = cluster.definitions if cluster else None
        asked = Asked(name, own, previous, view, budgets, left.get(name), name in out)
        found[name] = _ANSWERS.get(_key(asked, cluster), partial(judge, asked, _VERSIONS))
    return found


def _key(asked: Asked, cluster: Answer | None) -> tuple[object, ...]:
    """The cluster's answer stands for its definitions."""
    before = (asked.previous.get(one.object.uid) for one in asked.objects)
    known = tuple(None if one is None else fingerprint(weigh(one)) for one in before)
    own = tuple(fingerprint(one) for one in asked.objects)
    return asked.namespace, own, known, cluster, asked.budgets, asked.room, asked.crowded_out
