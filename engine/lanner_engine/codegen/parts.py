# SPDX-License-Identifier: Apache-2.0
"""Parts: a function for some rules of a program, where it is known that no other rule can be true.

A part is what is left to ask of one rule on one event type. Each becomes a function of its own when it is
asked for the first time; several are asked one after the other, which needs no compiler while events come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from lanner_engine.ast import Expr
from lanner_engine.codegen import by_process
from lanner_engine.codegen.admission import question
from lanner_engine.codegen.execution import execute
from lanner_engine.codegen.functions import Functions
from lanner_engine.codegen.ordering import Conjuncts, conjuncts
from lanner_engine.codegen.reporting import Reporting
from lanner_engine.codegen.tenants import NOTHING, Match, Matches, combined
from lanner_engine.fields.model import Event
from lanner_engine.program.rule import CheckedRule
from lanner_engine.program.scope import Scope

MAX_FUNCTIONS: Final = 4096  # of a program; the rules beyond are asked together with all others


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """`condition` and `scope`: what of the rule's is left to ask. `namespace`: whose rule it is; empty: the
    cluster's.
    """

    rule: CheckedRule
    condition: Expr
    scope: Scope | None
    namespace: str = ""


class Apart:
    """The functions of the parts that were asked for; `reporting`: which of the rules that are true are
    wanted.
    """

    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting
        self._functions: dict[Part, Match] = {}

    def match(self, parts: Sequence[Part]) -> Match | None:
        """A function for these parts of one event type, in order; None: there are too many functions."""
        missing = sum(part not in self._functions for part in parts)
        if len(self._functions) + missing > MAX_FUNCTIONS:
            return None
        sets: dict[str, list[Match]] = {}
        for part in parts:
            sets.setdefault(part.namespace, []).append(self._function(part))
        joined = {name: self._joined(functions) for name, functions in sets.items()}
        return self._reporting.of(_of_sets(joined), [part.rule for part in parts])

    def _function(self, part: Part) -> Match:
        found = self._functions.get(part)
        if found is None:
            found = self._functions[part] = _compiled(part)
        return found

    def _joined(self, functions: Sequence[Match]) -> Match:
        if len(functions) == 1:
            return functions[0]
        return _all(tuple(functions)) if self._reporting.every else _first(tuple(functions))


def asked(part: Part, functions: Functions) -> Conjuncts:
    """The questions of a part, with their constants in `functions`."""
    result = functions.constants.add((part.rule,))
    return conjuncts(part.condition, result, question(part.scope, functions.constants))


def _compiled(part: Part) -> Match:
    halves = by_process.split(part.condition)
    if halves is None:
        return _made(part)
    of_process, rest = halves
    return by_process.joined(
        _made(replace(part, condition=of_process, scope=None)), _made(replace(part, condition=rest))
    )


def _made(part: Part) -> Match:
    functions = Functions()
    name = functions.match([asked(part, functions)])
    return cast("Match", execute(functions)[name])


def _of_sets(sets: Mapping[str, Match]) -> Match:
    """The cluster's rules, and those of the event's namespace."""
    tenants = {name.encode(): match for name, match in sets.items() if name}
    cluster = sets.get("")
    if tenants:
        return combined(cluster, tenants)
    return cluster or nothing


def nothing(event: Event) -> Matches:
    """Where no rule is asked."""
    return NOTHING


def _first(functions: Sequence[Match]) -> Match:
    def match(event: Event) -> Matches:
        for function in functions:
            found = function(event)
            if found:
                return found
        return NOTHING

    return match


def _all(functions: Sequence[Match]) -> Match:
    def match(event: Event) -> Matches:
        found = NOTHING
        for function in functions:
            found += function(event)
        return found

    return match
