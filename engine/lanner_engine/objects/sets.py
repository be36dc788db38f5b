# SPDX-License-Identifier: Apache-2.0
"""One set of API objects to verdicts: the ClusterFalcoRules, or the FalcoRules of one namespace.

Sets are judged one by one, so that no namespace waits for another. What is handed back holds rules and
verdicts; nodes of documents are gone by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lanner_engine.documents.definitions import Definitions
from lanner_engine.objects.acceptance import Contender, Settled, settle
from lanner_engine.objects.cost import Cost
from lanner_engine.objects.limits import CROWDED_OUT, Budgets, limits_of
from lanner_engine.objects.reasons import DISABLED, VALID, reason_of_all
from lanner_engine.objects.versions import Version, Versions, Weighed, too_large, weigh
from lanner_engine.program.rule import CheckedRule
from lanner_engine.program.tenant_values import of_spec
from lanner_engine.resources.rule_object import RuleObject
from lanner_engine.source import Diagnostic

Previous = Mapping[str, RuleObject]  # the last good versions by uid


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one object. `diagnostics` are errors and warnings of the object as it is now: their
    sources are named by the field's path and hold its text.

    `in_force` is the object itself, its previous good version, or None; `rules` are those it defines. Both
    objects are without what they define, in the answer about a set. `given`: how many values it gives, by
    list of the cluster.
    """

    object: RuleObject
    accepted: bool
    reason: str
    diagnostics: tuple[Diagnostic, ...]
    in_force: RuleObject | None
    rules: tuple[CheckedRule, ...]
    given: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A set. `view` is what the namespaces may use of the cluster's; `budgets` None: agents load what the
    operator accepted. `room`: bytes that other namespaces leave, None when that is enough; `crowded_out`:
    nothing of the set is read.
    """

    namespace: str
    objects: Sequence[Weighed]
    previous: Previous
    view: Definitions | None = field(default=None, repr=False)
    budgets: Budgets | None = None
    room: int | None = None
    crowded_out: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """`verdicts` by key; `costs` of the objects in force by key; `definitions`: what namespaces may use of
    the cluster's.
    """

    verdicts: Mapping[str, Verdict]
    rules: tuple[CheckedRule, ...]
    costs: Mapping[str, Cost]
    definitions: Definitions | None


def judge(asked: Asked, versions: Versions) -> Answer:
    """Nothing is raised for bad input."""
    read = _crowded_out(asked.objects) if asked.crowded_out else _contenders(asked, versions)
    contenders = tuple(read)
    active = tuple(one for one in contenders if one.current.object.active)
    made = settle(active, asked.view, asked.budgets, asked.room)
    view = None if asked.namespace else made.definitions.usable()
    return Answer(_verdicts(contenders, made), made.rules, made.costs, view)


def _contenders(asked: Asked, versions: Versions) -> Iterator[Contender]:
    """Objects with their last good versions; what is too much for the set is not read."""
    limits = limits_of(asked.namespace)
    fitting = limits.fitting(one.size for one in asked.objects)
    for weighed, fits in zip(asked.objects, fitting, strict=True):
        one = weighed.object
        before = asked.previous.get(one.uid) if one.uid else None
        known = versions.read(weigh(before)) if before is not None and before.key == one.key else None
        yield Contender(versions.read(weighed) if fits else too_large(weighed, str(limits)), known)


def _crowded_out(objects: Iterable[Weighed]) -> Iterator[Contender]:
    """Without their last good versions, which have no room either."""
    return (Contender(too_large(one, CROWDED_OUT)) for one in objects)


def _verdicts(contenders: Iterable[Contender], made: Settled) -> dict[str, Verdict]:
    defined = made.rules_of
    return {one.current.key: _verdict(one.current, made, defined) for one in contenders}


def _verdict(version: Version, made: Settled, defined: Mapping[str, tuple[CheckedRule, ...]]) -> Verdict:
    """What became of an object whose current version this is; `defined` are rules by object."""
    one = version.object.named
    if not one.active:
        found = version.faults
        return Verdict(one, not found, reason_of_all(found) if found else DISABLED, found, None, ())
    kept = made.in_force.get(one.key)
    given = {} if kept is None else {one["name"]: len(one["items"]) for one in of_spec(kept.object)}
    rules = defined.get(one.key, ())
    refused = made.refused.get(one.key)
    if refused is None:
        return Verdict(one, True, VALID, made.warnings.get(one.key, ()), one, rules, given)
    before = kept.object.named if kept else None
    return Verdict(one, False, reason_of_all(refused), refused, before, rules, given)
