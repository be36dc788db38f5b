# SPDX-License-Identifier: Apache-2.0
"""Paths -> checked rules -> compiled program, or the reasons why not."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lanner_agent.policy.files import fingerprint, rule_files
from lanner_engine.codegen import compile as codegen
from lanner_engine.codegen.compile import Matching, Program
from lanner_engine.explain import wide
from lanner_engine.output.additions import Addition
from lanner_engine.program import load as engine
from lanner_engine.program import shadowed
from lanner_engine.program.rule import CheckedRule
from lanner_engine.program.selection import Selection, Switch
from lanner_engine.source import Diagnostic


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the rules are in force, whether an event is reported by all rules it matches or by the first,
    and what is put behind the outputs.
    """

    selection: Selection = Selection()  # noqa: RUF009  frozen
    matching: Matching = "first"
    additions: tuple[Addition, ...] = ()


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Checked:
    """What the files hold. `rules` can be used only when `ok`; warnings do not hinder. `namespaces` are the
    rules of FalcoRules, which hold in one namespace each.

    `seen` is the files' state from before they were read, so that no later change is missed.
    """

    files: tuple[str, ...]
    seen: fingerprint.Fingerprint
    rules: tuple[CheckedRule, ...]
    diagnostics: tuple[Diagnostic, ...]
    namespaces: Mapping[str, tuple[CheckedRule, ...]] = field(default_factory=dict)
    wanted: Wanted = EVERYTHING
    idle: tuple[Switch, ...] = ()  # of the selection, those that name no rule

    @property
    def every(self) -> tuple[CheckedRule, ...]:
        """The rules of all sets."""
        return tuple(rule for rules in (self.rules, *self.namespaces.values()) for rule in rules)

    @property
    def ok(self) -> bool:
        return not any(d.severity == "error" for d in self.diagnostics)


def check(paths: Sequence[pathlib.Path], wanted: Wanted = EVERYTHING) -> Checked:
    """Read and check. Never raises for what is in the files. A file that cannot be read fails the whole."""
    seen = fingerprint.take(paths)
    gathered = rule_files.gather(paths)
    checked = engine.check(gathered.sources, wanted.selection, wanted.additions)
    names = tuple(source.name for source in gathered.sources)
    found = gathered.diagnostics + checked.diagnostics
    made = Checked(names, seen, checked.rules, found, checked.namespaces, wanted, checked.idle)
    beside = (*_unanswered(made.every), *_shadowed(made), *wide.warnings(made.every))
    return replace(made, diagnostics=found + beside)


def _unanswered(rules: Iterable[CheckedRule]) -> Iterator[Diagnostic]:
    """What a machine by itself cannot know: files bring no namespaces, so no labels of them."""
    for rule in rules:
        if rule.scope is not None and rule.scope.namespaces is not None:
            message = f"rule {rule.name} can never match here: it has a namespaceSelector"
            hint = "labels of namespaces are known in a cluster only"
            yield Diagnostic("warning", "LOAD_WARNING_EXTENSION", message, rule.span, hint)


def _shadowed(checked: Checked) -> Iterator[Diagnostic]:
    """Rules that another one always comes before, where only the first is reported."""
    if checked.wanted.matching == "first":
        for rules in (checked.rules, *checked.namespaces.values()):
            yield from shadowed.warnings(rules)


def compiled(checked: Checked) -> Program:
    """The program of checked rules; only for `checked.ok`."""
    return codegen.compile_rules(checked.rules, checked.namespaces, checked.wanted.matching)
