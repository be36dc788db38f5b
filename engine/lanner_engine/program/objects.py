# SPDX-License-Identifier: Apache-2.0
"""API objects to checked rules, with a verdict on each: the front door for whoever has a cluster's objects.

Called by the operator with everything it watches, and by agents with what a bundle holds. ClusterFalcoRules
are one set; the FalcoRules of each namespace are a set of their own, which can use the cluster's lists and
macros, and changes nothing for others. Nothing is raised for bad input, and its cost is bounded: each set has
a limit for what all of its objects hold together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from lanner_engine.program.acceptance import Contender, Settled, settle
from lanner_engine.program.limits import CLUSTER, CROWDED_OUT, NAMESPACE, Limits, crowded_out
from lanner_engine.program.memory import Memory
from lanner_engine.program.reasons import DISABLED, VALID, reason_of_all
from lanner_engine.program.rule import CheckedRule
from lanner_engine.program.versions import Version, Versions, Weighed, too_large, weigh
from lanner_engine.resources.rule_object import RuleObject
from lanner_engine.source import Diagnostic

NO_PREVIOUS: Mapping[str, RuleObject] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one object. `diagnostics` are errors and warnings of the object as it is now: their
    sources are named by the field's path and hold its text.

    `in_force` is the object itself, its previous good version, or None; `rules` are those it defines.
    """

    object: RuleObject
    accepted: bool
    reason: str
    diagnostics: tuple[Diagnostic, ...]
    in_force: RuleObject | None
    rules: tuple[CheckedRule, ...]


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
_SETTLED: Memory[tuple[object, ...], Settled] = Memory()


def check_objects(
    objects: Sequence[RuleObject], previous: Mapping[str, RuleObject] = NO_PREVIOUS
) -> CheckedObjects:
    """Verdicts on objects; `previous` are the last good versions by uid."""
    sets: dict[str, list[Weighed]] = {"": []}
    for one in sorted(objects, key=lambda one: (one.namespace, one.order)):
        sets.setdefault(one.namespace, []).append(weigh(one))
    verdicts: dict[str, Verdict] = {}
    rules: dict[str, tuple[CheckedRule, ...]] = {}
    cluster: Settled | None = None
    out = crowded_out({name: sum(one.size for one in own) for name, own in sets.items() if name})
    for name, own in sets.items():
        contenders = tuple(_crowded_out(own) if name in out else _contenders(own, previous, name))
        made = _settled(name, tuple(one for one in contenders if one.current.object.active), cluster)
        cluster = cluster or made
        rules[name] = made.rules
        verdicts |= _verdicts(contenders, made)
    _VERSIONS.forget()
    _SETTLED.forget()
    return CheckedObjects(verdicts, rules.pop(""), {name: own for name, own in rules.items() if own})


def _contenders(
    objects: Iterable[Weighed], previous: Mapping[str, RuleObject], namespace: str
) -> Iterator[Contender]:
    """Objects of one set with their last good versions; what is too much for the set is not read."""
    limits = NAMESPACE if namespace else CLUSTER
    room = limits
    for weighed in objects:
        one = weighed.object
        fits = weighed.size <= room.characters and room.objects > 0
        if fits:
            room = Limits(room.characters - weighed.size, room.objects - 1)
        before = previous.get(one.uid) if one.uid else None
        known = _VERSIONS.read(weigh(before)) if before is not None and before.key == one.key else None
        yield Contender(_VERSIONS.read(weighed) if fits else too_large(weighed, str(limits)), known)


def _crowded_out(objects: Iterable[Weighed]) -> Iterator[Contender]:
    """Without their last good versions, which have no room either."""
    return (Contender(too_large(one, CROWDED_OUT)) for one in objects)


def _settled(namespace: str, contenders: tuple[Contender, ...], cluster: Settled | None) -> Settled:
    view = cluster.definitions if cluster else None
    return _SETTLED.get((namespace, contenders, cluster), lambda: settle(contenders, view))


def _verdicts(contenders: Iterable[Contender], made: Settled) -> dict[str, Verdict]:
    defined = made.rules_of
    return {one.current.key: _verdict(one.current, made, defined) for one in contenders}


def _verdict(version: Version, made: Settled, defined: Mapping[str, tuple[CheckedRule, ...]]) -> Verdict:
    """What became of an object whose current version this is; `defined` are rules by object."""
    one = version.object
    if not one.active:
        found = version.faults
        return Verdict(one, not found, reason_of_all(found) if found else DISABLED, found, None, ())
    kept = made.in_force.get(one.key)
    rules = defined.get(one.key, ())
    refused = made.refused.get(one.key)
    if refused is None:
        return Verdict(one, True, VALID, made.warnings.get(one.key, ()), one, rules)
    return Verdict(one, False, reason_of_all(refused), refused, kept.object if kept else None, rules)
