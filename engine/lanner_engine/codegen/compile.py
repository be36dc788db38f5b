# SPDX-License-Identifier: Apache-2.0
"""Compile: checked rules become a Program, one generated function per event type (or group of alike types).

`Program.match` is the agent's hot path: a dict lookup and one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, SimpleNamespace
from typing import Literal, cast

from lanner_engine.ast import Check
from lanner_engine.codegen.admission import in_namespace
from lanner_engine.codegen.event_dispatch import dispatch
from lanner_engine.codegen.execution import execute
from lanner_engine.codegen.functions import Functions
from lanner_engine.codegen.ordering import conjuncts
from lanner_engine.codegen.parts import Part, asked
from lanner_engine.codegen.reporting import Reporting, reporting
from lanner_engine.codegen.tenants import NOTHING, Match, Matches, combined
from lanner_engine.fields import host_names
from lanner_engine.fields.model import Event
from lanner_engine.objects.verdicts import CheckedObjects
from lanner_engine.program.rule import CheckedRule

Rules = Sequence[CheckedRule]
Matching = Literal["first", "all"]
NO_TENANTS: Mapping[str, Rules] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Program:
    """Compiled rules. Immutable: a change of rules makes another one, swapped between two events."""

    rules: tuple[CheckedRule, ...]  # the cluster's, then each namespace's
    event_types: frozenset[str]  # types on which some rule can match
    functions: dict[str, Match] = field(repr=False)
    source: str = field(repr=False)  # the generated text, for people and tests
    constants: Mapping[str, object] = field(repr=False)  # what the names K0, K1, ... in it stand for
    succeeding: frozenset[str]  # of these, those on which some rule can match when the call succeeded
    failing: frozenset[str]  # and those when it failed
    # Event type -> what conditions and outputs of the rules on it read.
    reads: Mapping[str, frozenset[str]] = field(repr=False)
    hosts: Mapping[str, frozenset[bytes]] = field(repr=False)  # names they compare with, "" for the cluster's
    parts: Mapping[str, Sequence[Part]] = field(repr=False)  # the rules that can be true, by event type
    reporting: Reporting  # which of the rules that are true of an event are found
    _metadata: frozenset[str] = field(repr=False)
    _selecting: frozenset[str] = field(repr=False)

    @property
    def watched(self) -> frozenset[str]:
        """The types of these that something records."""
        return frozenset[str]().union(*(rule.watched for rule in self.rules)) & self.event_types

    def match(self, event: Event) -> Matches:
        """The first rule in order of each object of the cluster's and of the event's namespace; or all of
        them, as the program was made.
        """
        function = self.functions.get(event.type)
        return NOTHING if function is None else function(event)

    def needs_metadata(self, event_type: str) -> bool:
        """Whether some rule on this type asks what only the container runtime knows."""
        return event_type in self._metadata

    def selects(self, event_type: str) -> bool:
        """Whether some rule on this type is for certain pods only, and so misses containers whose pod is not
        known.
        """
        return event_type in self._selecting


def compile_rules(
    rules: Rules, namespaces: Mapping[str, Rules] = NO_TENANTS, matching: Matching = "first"
) -> Program:
    """The program of rules in evaluation order; `namespaces` are those that hold in one namespace each.

    `matching`: of each object the first rule that an event matches, or all of them; rules without an object
    are those of one.
    """
    alerting = reporting((rules, *namespaces.values()), every=matching == "all")
    functions = Functions(every=alerting.every)
    decide = _TypeDecider()
    cluster = _set(rules, "", functions, decide)
    tenants = {name: _set(own, name, functions, decide) for name, own in namespaces.items()}
    made = _table(cluster, tenants, execute(functions))
    sets = (cluster, *tenants.values())
    parts = _parts(sets)
    table = {name: alerting.of(match, [part.rule for part in parts[name]]) for name, match in made.items()}
    return Program(
        rules=tuple(rule for one in (rules, *namespaces.values()) for rule in one),
        event_types=frozenset(table),
        functions=table,
        source=functions.source,
        constants=functions.constants.values,
        succeeding=_outcome(table, rules, namespaces, lambda rule: rule.outcomes.succeeded),
        failing=_outcome(table, rules, namespaces, lambda rule: rule.outcomes.failed),
        hosts={owner: found for owner, own in (("", rules), *namespaces.items()) if (found := _hosts(own))},
        parts=parts,
        reporting=alerting,
        reads=_reads(table, [rule for own in (rules, *namespaces.values()) for rule in own]),
        _metadata=frozenset().union(*(one.metadata for one in sets)),
        _selecting=frozenset().union(*(one.selecting for one in sets)),
    )


def compile_objects(checked: CheckedObjects, matching: Matching = "first") -> Program:
    """The program of a cluster's objects: its rules, and those of each namespace."""
    return compile_rules(checked.cluster, checked.namespaces, matching)


def _outcome(
    table: Mapping[str, Match],
    rules: Rules,
    namespaces: Mapping[str, Rules],
    types: Callable[[CheckedRule], frozenset[str]],
) -> frozenset[str]:
    everyone = (rule for own in (rules, *namespaces.values()) for rule in own)
    wanted = (rule.event_types & types(rule) for rule in everyone)
    return frozenset(table).intersection(frozenset[str]().union(*wanted))


def _reads(table: Mapping[str, Match], rules: Rules) -> dict[str, frozenset[str]]:
    alike: dict[frozenset[str], set[str]] = {}  # many rules are on the same types
    for rule in rules:
        alike.setdefault(rule.watched, set()).update(rule.fields)
    made: dict[str, set[str]] = {}
    for types, fields in alike.items():
        for name in types & table.keys():
            made.setdefault(name, set()).update(fields)
    return {name: frozenset(fields) for name, fields in made.items()}


def _hosts(rules: Rules) -> frozenset[bytes]:
    return host_names.in_conditions(rule.condition for rule in rules)


@dataclass(slots=True)
class _Set:
    """One set of rules: the generated function for each event type, and Program's sets of types."""

    names: dict[str, str] = field(default_factory=dict)
    parts: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    metadata: set[str] = field(default_factory=set)
    selecting: set[str] = field(default_factory=set)


def _set(rules: Rules, namespace: str, functions: Functions, decide: _TypeDecider) -> _Set:
    """`namespace`: whose rules these are, empty for the cluster's."""
    made = _Set()
    for entry in dispatch(rules, decide):
        parts = tuple(
            Part(rule, condition, in_namespace(rule.scope) if namespace else rule.scope, namespace)
            for condition, rule in entry.rules
        )
        name = functions.match([asked(part, functions) for part in parts])
        made.names.update(dict.fromkeys(entry.event_types, name))
        made.parts.update(dict.fromkeys(entry.event_types, parts))
        if any(rule.needs_metadata for _, rule in entry.rules):
            made.metadata.update(entry.event_types)
        if any(rule.scope is not None and rule.scope.selects for _, rule in entry.rules):
            made.selecting.update(entry.event_types)
    return made


def _parts(sets: Iterable[_Set]) -> dict[str, tuple[Part, ...]]:
    """Of all sets, in their order."""
    found: dict[str, tuple[Part, ...]] = {}
    for one in sets:
        for event_type, parts in one.parts.items():
            found[event_type] = found.get(event_type, ()) + parts
    return found


def _table(cluster: _Set, tenants: Mapping[str, _Set], namespace: Mapping[str, object]) -> dict[str, Match]:
    """The function for each event type; types with the same functions share it."""
    own: dict[str, list[tuple[str, str]]] = {event_type: [] for event_type in cluster.names}
    for name, tenant in tenants.items():
        for event_type, function in tenant.names.items():
            own.setdefault(event_type, []).append((name, function))
    made: dict[object, Match] = {}
    table: dict[str, Match] = {}
    for event_type, functions in own.items():
        first = cluster.names.get(event_type, "")
        key = (first, *functions)
        if key not in made:
            made[key] = _match(first, functions, namespace)
        table[event_type] = made[key]
    return table


def _match(first: str, own: list[tuple[str, str]], namespace: Mapping[str, object]) -> Match:
    cluster = cast("Match | None", namespace.get(first))
    if cluster is not None and not own:
        return cluster
    return combined(cluster, {name.encode(): cast("Match", namespace[function]) for name, function in own})


class _TypeDecider:
    """Answers checks of the event's type by running them on an event that has nothing else."""

    def __init__(self) -> None:
        self._compiled: dict[Check, Callable[[object], object]] = {}

    def __call__(self, check: Check, event_type: str) -> bool:
        function = self._compiled.get(check)
        if function is None:
            functions = Functions()
            name = functions.match([conjuncts(check, functions.constants.add(True))])
            function = cast("Callable[[object], object]", execute(functions)[name])
            self._compiled[check] = function
        return function(SimpleNamespace(type=event_type)) is True
