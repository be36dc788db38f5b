# SPDX-License-Identifier: Apache-2.0
"""Paths -> checked rules -> compiled program, or the reasons why not."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lanner_agent.policy.files import fingerprint, rule_files
from lanner_engine.codegen import compile as codegen
from lanner_engine.codegen.compile import Matching, Program
from lanner_engine.explain import wide
from lanner_engine.output.additions import Addition
from lanner_engine.program import load as engine
from lanner_engine.program import shadowed
from lanner_engine.program.rule import CheckedRule
from lanner_engine.program.selection import Selection
from lanner_engine.source import Diagnostic, Source


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the rules are in force, whether an event is reported by all rules it matches or by the first,
    and what is put behind the outputs.
    """

    selection: Selection = Selection()  # noqa: RUF009  frozen
    matching: Matching = "first"
    additions: tuple[Addition, ...] = ()


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked(engine.Checked):
    """What the files hold. `rules` can be used only when `ok`; warnings do not hinder.

    `seen` is the files' state from before they were read, so that no later change is missed.
    """

    sources: tuple[Source, ...]
    seen: fingerprint.Fingerprint
    wanted: Wanted = EVERYTHING

    @property
    def files(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(source.name for source in self.sources)


def check(paths: Sequence[pathlib.Path], wanted: Wanted = EVERYTHING) -> Checked:
    """Read and check. Never raises for what is in the files. A file that cannot be read fails the whole."""
    seen = fingerprint.take(paths)
    gathered = rule_files.gather(paths)
    checked = engine.check(gathered.sources, wanted.selection, wanted.additions)
    found = gathered.diagnostics + checked.diagnostics
    found += (*_unanswered(checked.every), *_shadowed(checked, wanted), *wide.warnings(checked.every))
    return Checked(
        sources=gathered.sources,
        seen=seen,
        wanted=wanted,
        rules=checked.rules,
        diagnostics=found,
        left_out=checked.left_out,
        namespaces=checked.namespaces,
        idle=checked.idle,
    )


def _unanswered(rules: Iterable[CheckedRule]) -> Iterator[Diagnostic]:
    """What a machine by itself cannot know: files bring no namespaces, so no labels of them."""
    for rule in rules:
        if rule.scope is not None and rule.scope.namespaces is not None:
            message = f"rule {rule.name} can never match here: it has a namespaceSelector"
            hint = "labels of namespaces are known in a cluster only"
            yield Diagnostic("warning", "LOAD_WARNING_EXTENSION", message, rule.span, hint)
        if rule.owner is not None and rule.owner.chooses_nodes:
            message = f"rule {rule.name} is evaluated here whatever its nodeSelector says"
            hint = "labels of nodes are known in a cluster only"
            yield Diagnostic("warning", "LOAD_WARNING_EXTENSION", message, rule.span, hint)


def _shadowed(checked: engine.Checked, wanted: Wanted) -> Iterator[Diagnostic]:
    """Rules that another one always comes before, where only the first is reported."""
    if wanted.matching == "first":
        for rules in (checked.rules, *checked.namespaces.values()):
            yield from shadowed.warnings(rules)


def compiled(checked: Checked) -> Program:
    """The program of checked rules; only for `checked.ok`."""
    return codegen.compile_rules(checked.rules, checked.namespaces, checked.wanted.matching)
