# SPDX-License-Identifier: Apache-2.0
"""An attempt: one choice of versions as one rule set, and what is wrong with it, object by object."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lanner_engine import steps
from lanner_engine.ast import MacroRef
from lanner_engine.documents import object_spec
from lanner_engine.documents.builder import DefinitionsBuilder
from lanner_engine.documents.definitions import Definitions
from lanner_engine.documents.problems import Problems
from lanner_engine.objects import cost
from lanner_engine.objects.cost import Cost
from lanner_engine.objects.reasons import reason_of
from lanner_engine.objects.versions import Version
from lanner_engine.parser.condition import parse
from lanner_engine.passes.budget import MAX_CHECKS, NAMESPACE_CHECKS
from lanner_engine.passes.check import check as check_types
from lanner_engine.passes.expand import Expander
from lanner_engine.passes.report import Report
from lanner_engine.passes.resolve import resolve
from lanner_engine.program import published, shadowed
from lanner_engine.program.counted import Counted
from lanner_engine.program.load import LEFT_OUT, check_definitions
from lanner_engine.program.rule import CheckedRule
from lanner_engine.program.uses import warn_of_misspelt
from lanner_engine.source import Diagnostic
from lanner_engine.steps import Steps, TooManyStepsError

# Errors that may only follow from another object that is refused.
REFERENCES = ("MacroNotFound", "OverrideTargetNotFound")

Found = dict[str, list[Diagnostic]]  # by object


@dataclass(frozen=True, slots=True)
class Attempt:
    """`shape` are problems of elements by themselves, `meaning` those of conditions and outputs in the set.

    `changers` are the objects that change what is not their own. A diagnostic about text of no object of the
    set (the cluster's, seen from a namespace) stands under "".
    """

    definitions: Definitions
    rules: tuple[CheckedRule, ...]
    shape: Found
    meaning: Found
    changers: frozenset[str]
    spent: int  # steps
    given: Mapping[str, Sequence[int]]  # by object: bytes of each value for lists of the cluster

    def errors(self, key: str) -> list[Diagnostic]:
        """What is wrong with the object itself; not what follows from errors elsewhere."""
        found = self.shape.get(key, []) + self.meaning.get(key, [])
        return [one for one in found if is_error(one)]

    def costs(self) -> dict[str, Cost]:
        """By object."""
        return cost.of_set(self.rules, self.given)

    def left_out(self) -> list[str]:
        """The objects that have a rule which is left out for an error elsewhere."""
        return [key for key, found in self.meaning.items() if any(one.reason == LEFT_OUT for one in found)]

    def warnings(self, key: str) -> list[Diagnostic]:
        found = self.shape.get(key, []) + self.meaning.get(key, [])
        return [one for one in found if one.severity == "warning"]


def attempt(versions: Iterable[Version], view: Definitions | None) -> Attempt:
    """Apply the versions, in load order, on top of the view, and check everything."""
    whole = (
        Steps(steps.CLUSTER, "all objects") if view is None else Steps(steps.SET, "the namespace's objects")
    )
    counted = Counted(whole)
    builder = DefinitionsBuilder(view)
    shape: Found = {}
    for version in sorted(versions, key=lambda one: one.object.order):
        builder.problems = Problems()
        if version.spec is not None:
            object_spec.apply(version.spec, builder)
        shape[version.key] = list(builder.problems.diagnostics(()))
    definitions = builder.definitions()
    report = Report()
    room = NAMESPACE_CHECKS if view is not None else MAX_CHECKS
    made = check_definitions(definitions, report, builder.replaced, room, counted)
    with contextlib.suppress(TooManyStepsError), steps.counted(Steps(steps.OBJECT, "words", whole)):
        warn_of_misspelt(made.expander, report)
    _warn_of_macros(definitions, report, counted)
    report.diagnostics.extend(shadowed.warnings(made.rules))
    report.diagnostics.extend(published.warnings(made.rules))
    found = _by_owner(report, shape)
    changers = frozenset(builder.changers)
    return Attempt(definitions, made.rules, shape, found, changers, whole.spent, builder.value_sizes)


def _warn_of_macros(definitions: Definitions, report: Report, counted: Counted) -> None:
    """What rules that use a macro will have to suffer is said before there are any."""
    own = Report()
    expander = Expander(definitions, Report(), parse)

    def check(name: str) -> None:
        condition = expander.expand(MacroRef(name))
        if condition is not None:
            check_types(resolve(condition, own), own)

    for name in sorted(definitions.own_macros):
        counted.run(definitions.macros[name].span, report, functools.partial(check, name))
    for found in dict.fromkeys(own.diagnostics):
        if found.severity == "error" and found not in report.diagnostics:
            message = f"a rule that uses this macro will have an error: {found.message}"
            report.warning("LOAD_WARNING_EXTENSION", message, found.span, found.hint)


def _by_owner(report: Report, known: Iterable[str]) -> Found:
    found: Found = {key: [] for key in known}
    for diagnostic in dict.fromkeys(report.diagnostics):
        found.setdefault(diagnostic.span.source.owner, []).append(diagnostic)
    stray = [one for key in found.keys() - set(known) for one in found.pop(key) if is_error(one)]
    return {**found, "": stray} if stray else found


def is_error(diagnostic: Diagnostic) -> bool:
    return diagnostic.severity == "error" and diagnostic.reason != LEFT_OUT


def is_reference(diagnostic: Diagnostic) -> bool:
    return reason_of(diagnostic) in REFERENCES
