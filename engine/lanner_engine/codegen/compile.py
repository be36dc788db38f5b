# SPDX-License-Identifier: Apache-2.0
"""Compile: checked rules become a Program, one generated function per event type (or group of alike types).

Called by the agent when rules change; Program.match is the agent's hot path: a dict lookup and one call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

from lanner_engine.ast import Check
from lanner_engine.codegen.event_dispatch import dispatch
from lanner_engine.codegen.functions import Functions
from lanner_engine.fields import reading, transformers
from lanner_engine.fields.facts import Event
from lanner_engine.fields.globbing import glob
from lanner_engine.program.rule import CheckedRule

Match = Callable[[Event], CheckedRule | None]


@dataclass(frozen=True, slots=True)
class Program:
    """Compiled rules. Immutable: a change of rules makes another one, swapped between two events."""

    rules: tuple[CheckedRule, ...]
    event_types: frozenset[str]  # types on which some rule can match
    functions: dict[str, Match] = field(repr=False)
    source: str = field(repr=False)  # the generated text, for people and tests
    _metadata: frozenset[str] = field(repr=False)

    def match(self, event: Event) -> CheckedRule | None:
        """The first rule in order that the event matches."""
        function = self.functions.get(event.type)
        return None if function is None else function(event)

    def needs_metadata(self, event_type: str) -> bool:
        """Whether some rule on this type asks what only the container runtime knows."""
        return event_type in self._metadata


def compile_rules(rules: Sequence[CheckedRule]) -> Program:
    """The program of rules in evaluation order."""
    functions = Functions()
    entries = dispatch(rules, _TypeDecider())
    names = [functions.first_match(entry.rules) for entry in entries]
    namespace = _execute(functions)
    table: dict[str, Match] = {}
    metadata: set[str] = set()
    for entry, name in zip(entries, names, strict=True):
        table.update(dict.fromkeys(entry.event_types, cast(Match, namespace[name])))
        if any(rule.needs_metadata for _, rule in entry.rules):
            metadata.update(entry.event_types)
    return Program(tuple(rules), frozenset(table), table, functions.source, frozenset(metadata))


def _execute(functions: Functions) -> dict[str, object]:
    """Run the generated text, which holds generated names and texts of the field table only."""
    namespace: dict[str, object] = {
        **reading.NAMES,
        **functions.constants.values,
        "TRANSFORM": transformers,
        "TEXT": transformers.text_form,
        "GLOB": glob,
        "UNSET": object(),
    }
    exec(compile(functions.source, "<rules>", "exec"), namespace)  # noqa: S102  see above
    return namespace


class _TypeDecider:
    """Answers checks of the event's type by running them on an event that has nothing else."""

    def __init__(self) -> None:
        self._compiled: dict[Check, Callable[[object], object]] = {}

    def __call__(self, check: Check, event_type: str) -> bool:
        function = self._compiled.get(check)
        if function is None:
            functions = Functions()
            name = functions.first_match([(check, True)])
            function = cast("Callable[[object], object]", _execute(functions)[name])
            self._compiled[check] = function
        return function(SimpleNamespace(type=event_type)) is True
