# SPDX-License-Identifier: Apache-2.0
"""Acceptance: which version of each object of one set is in force, so that nothing in force has an error.

An object is in force as a whole or not at all. An object with an error gives way to its previous version, or
is left out, and the rest is tried again: what others lose by that is their error in the next round. Objects
without a fault of their own keep their places: who changed what is not theirs answers for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lanner_engine import steps
from lanner_engine.documents.definitions import Definitions
from lanner_engine.objects import cost
from lanner_engine.objects.attempt import Attempt, attempt, is_error, is_reference
from lanner_engine.objects.cost import Cost
from lanner_engine.objects.limits import Budgets, mib
from lanner_engine.objects.spec_check import TOO_LARGE, about
from lanner_engine.objects.versions import Version
from lanner_engine.program.rule import CheckedRule
from lanner_engine.source import Diagnostic

MAX_STEPS = 3  # times what one attempt may take
TOO_MANY = "too much: finding out which of the objects here go together takes too many steps"
HINT = "use fewer rules and shorter conditions; exceptions compared by = or in, and lists, cost least"
PATIENT_ROUNDS = 16  # later rounds look for no culprits and refuse at once every object with an error
READMISSIONS = 4

Blamed = dict[str, list[Diagnostic]]


@dataclass(frozen=True, slots=True)
class Contender:
    """One object: its version now, and the last good one before it."""

    current: Version
    previous: Version | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """One set in force. `refused` are the errors of versions that are not, by object; `warnings` those of
    versions that are.
    """

    in_force: Mapping[str, Version]
    refused: Mapping[str, tuple[Diagnostic, ...]]
    warnings: Mapping[str, tuple[Diagnostic, ...]]
    rules: tuple[CheckedRule, ...]
    definitions: Definitions
    costs: Mapping[str, Cost]  # by object

    @property
    def rules_of(self) -> dict[str, tuple[CheckedRule, ...]]:
        """The rules by the object that defines them."""
        found: dict[str, tuple[CheckedRule, ...]] = {}
        for rule in self.rules:
            if rule.owner is not None:
                found[rule.owner.key] = (*found.get(rule.owner.key, ()), rule)
        return found


def settle(
    contenders: Sequence[Contender],
    view: Definitions | None = None,
    budgets: Budgets | None = None,
    room: int | None = None,
) -> Settled:
    """The set of contenders, on top of what they may use. `room`: bytes there are for it, when others leave
    less than its budget.
    """
    work = _Work({one.current.key: one for one in contenders}, view, budgets, room)
    made = work.run()
    warnings = {key: tuple(made.warnings(key)) for key in work.chosen}
    refused = {key: tuple(found) for key, found in work.refused.items()}
    return Settled(work.chosen, refused, warnings, made.rules, made.definitions, made.costs())


@dataclass(slots=True)
class _Work:
    contenders: dict[str, Contender]
    view: Definitions | None
    budgets: Budgets | None
    room: int | None
    spent: int = 0  # steps
    chosen: dict[str, Version] = field(default_factory=dict)
    refused: dict[str, list[Diagnostic]] = field(default_factory=dict)

    def run(self) -> Attempt:
        for key, contender in self.contenders.items():
            if contender.current.faults:
                self._refuse(key, contender.current, list(contender.current.faults))
            else:
                self.chosen[key] = contender.current
        return self._readmitted(self._clean())

    def _clean(self) -> Attempt:
        """Rounds until nothing is wrong. Each refuses at least one version, so there is an end."""
        rounds = 0
        while True:
            made = self._attempt(self.chosen.values())
            if self._exhausted and rounds:
                return self._given_up()
            blamed = self._blamed(made, patient=rounds < PATIENT_ROUNDS)
            blamed = blamed or self._beyond(made)
            if not blamed:
                return made
            for key, found in blamed.items():
                self._refuse(key, self.chosen[key], found)
            rounds += 1

    def _attempt(self, versions: Iterable[Version]) -> Attempt:
        made = attempt(versions, self.view)
        self.spent += made.spent
        return made

    @property
    def _exhausted(self) -> bool:
        return self.spent > MAX_STEPS * (steps.CLUSTER if self.view is None else steps.SET)

    def _given_up(self) -> Attempt:
        """Too many attempts: nothing of what is not known to be good is in force."""
        for key, contender in self.contenders.items():
            if self.chosen.get(key) is contender.current and contender.current != contender.previous:
                self._refuse(key, contender.current, [_costly(contender.current, TOO_MANY)])
        made = self._attempt(self.chosen.values())
        if not any(made.errors(key) for key in self.chosen):
            return made
        self.chosen.clear()
        return self._attempt(())

    def _beyond(self, made: Attempt) -> Blamed:
        """Those that cost too much: each by itself, else the youngest of all."""
        if self.budgets is None:
            return {}
        costs = made.costs()
        most = self.budgets.cluster if self.view is None else self.budgets.object
        alone = {key: one for key, one in costs.items() if one.lasting > most}
        if alone:
            return {key: [_costly(self.chosen[key], _figures(one, most))] for key, one in alone.items()}
        return self._youngest(costs)

    def _youngest(self, costs: Mapping[str, Cost]) -> Blamed:
        if self.budgets is None:
            return {}
        own = self.budgets.cluster if self.view is None else self.budgets.namespace
        most = own if self.room is None else min(own, self.room)
        left = cost.total(costs.values()).lasting
        blamed: Blamed = {}
        for version in sorted(self.chosen.values(), key=self._age, reverse=True):
            if left <= most:
                break
            one = costs.get(version.key, Cost())
            if one.lasting:
                words = _together(one, left, most, self.view is None, self.room is not None and most < own)
                blamed[version.key] = [_costly(version, words)]
                left -= one.lasting
        return blamed

    def _age(self, version: Version) -> tuple[str, str, str]:
        """Of the object as it is now: what a bundle keeps of a previous version does not say."""
        return self.contenders[version.key].current.object.age

    def _refuse(self, key: str, version: Version, found: list[Diagnostic]) -> None:
        """The previous version takes the place of the current one, nothing that of the previous one."""
        self.chosen.pop(key, None)
        contender = self.contenders[key]
        if version is not contender.current:
            return
        self.refused[key] = found
        previous = contender.previous
        usable = previous is not None and previous.spec is not None and previous.object.active
        if previous is not None and usable and previous != version:
            self.chosen[key] = previous

    def _blamed(self, made: Attempt, *, patient: bool) -> Blamed:
        """What is refused next, and why. An object that only misses a definition waits for the others."""
        wrong = {key: errors for key in self.chosen if (errors := made.errors(key))}
        stray = made.meaning.get("", [])
        if not patient:
            return wrong or _users(made, self.chosen, stray)
        own = {key: found for key, found in wrong.items() if not all(map(is_reference, found))}
        tried = self._without_changers(made, own, stray)
        innocent = {
            key for key in own if tried is not None and key not in made.changers and not tried.errors(key)
        }
        lasting = stray if tried is None else tried.meaning.get("", [])
        blamed = {key: found for key, found in (own or wrong).items() if key not in innocent}
        passed_on = [one for one in stray if one not in lasting]
        passed_on += [one for key in sorted(innocent) for one in made.errors(key)]
        if passed_on:
            blamed |= self._culprit(made, innocent, passed_on)
        return blamed or _users(made, self.chosen, lasting)

    def _without_changers(self, made: Attempt, own: Blamed, stray: list[Diagnostic]) -> Attempt | None:
        """What would be wrong if no object changed what another defines; None when that need not be asked."""
        suspects = [
            key for key in own if key not in made.changers and not any(map(is_error, made.shape[key]))
        ]
        if not made.changers or not (suspects or stray):
            return None
        return self._attempt(one for key, one in self.chosen.items() if key not in made.changers)

    def _culprit(self, made: Attempt, innocent: set[str], reasons: list[Diagnostic]) -> Blamed:
        """The first changer, in load order, with which the errors appear; in the next round all give up when
        there is no time to find it.
        """
        changers = sorted((self.chosen[key] for key in made.changers), key=lambda one: one.object.order)
        kept = [one for key, one in self.chosen.items() if key not in made.changers]
        low, high = 0, len(changers) - 1
        while low < high and not self._exhausted:
            middle = (low + high) // 2
            tried = self._attempt((*kept, *changers[: middle + 1]))
            seen = any(one in reasons for key in {"", *innocent} for one in tried.errors(key))
            low, high = (low, middle) if seen else (middle + 1, high)
        return {changers[low].key: _passed_on(changers[low], reasons)}

    def _readmitted(self, made: Attempt) -> Attempt:
        """An object that only missed a definition may have it again, when a previous version came back into
        force.
        """
        returned = any(one is not self.contenders[key].current for key, one in self.chosen.items())
        gone = {key: found for key, found in self.refused.items() if key not in self.chosen}
        missed = {key for key, found in gone.items() if all(map(is_reference, found))}
        for _ in range(READMISSIONS if returned else 0):
            if not missed or self._exhausted:
                break
            back = {key: self.contenders[key].current for key in missed}
            tried = self._attempt({**self.chosen, **back}.values())
            wrong = {key for key in {*self.chosen, *back} if tried.errors(key)}
            if not wrong and not tried.meaning.get("") and not self._beyond(tried):
                self.chosen |= back
                self.refused = {key: found for key, found in self.refused.items() if key not in back}
                return tried
            missed -= wrong
        return made


def _costly(version: Version, message: str) -> Diagnostic:
    return about(version.object, message, hint=HINT, reason=TOO_LARGE)


def _figures(one: Cost, most: int) -> str:
    own = mib(one.lasting)
    return f"too much: its rules would take {own} of every agent's memory, one object may take {mib(most)}"


def _together(one: Cost, whole: int, most: int, cluster: bool, crowded: bool) -> str:
    what = "all ClusterFalcoRules" if cluster else "the FalcoRules of this namespace"
    beside = ", beside those of other namespaces" if crowded else ""
    return (
        f"too much: its rules would take {mib(one.lasting)} of every agent's memory; {what} would take "
        f"{mib(whole)}, they may take {mib(most)}{beside}, and this is one of the youngest"
    )


def _users(made: Attempt, chosen: Mapping[str, Version], stray: list[Diagnostic]) -> Blamed:
    """Those who use what has an error in the cluster's text."""
    users = (*made.left_out(), *made.changers) if stray else ()
    return {key: _passed_on(chosen[key], stray) for key in users}


def _passed_on(changer: Version, reasons: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Errors that stand in another object's text, said of the one that brought them about."""
    found = []
    for one in reasons:
        source = one.span.source
        message = f"with this object, {source.owner} has an error in {source.name}: {one.message}"
        found.append(replace(about(changer.object, message, hint=one.hint, reason=one.reason), code=one.code))
    return found
