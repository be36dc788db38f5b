# SPDX-License-Identifier: Apache-2.0
"""Explain: sources and a rule's name in, what each pass made of the rule out.

explain/text writes it down. The rule is taken through the same passes as when it is loaded, alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lanner_engine.codegen.compile import Program, compile_rules
from lanner_engine.documents.collect import collect
from lanner_engine.documents.definitions import Definitions, RuleDefinition
from lanner_engine.parser.condition import parse
from lanner_engine.passes import pipeline
from lanner_engine.passes.expand import Expander
from lanner_engine.passes.pipeline import Context, Draft, Pass
from lanner_engine.passes.report import Report
from lanner_engine.program.load import check, parsed
from lanner_engine.source import Source


@dataclass(frozen=True, slots=True)
class Explanation:
    """`steps` are the passes that ran with what each made; fewer than all when the rule has an error."""

    definition: RuleDefinition
    steps: tuple[tuple[Pass, Draft], ...]
    program: Program | None  # of this rule alone; None when it is left out, or disabled

    @property
    def complete(self) -> bool:
        return len(self.steps) == len(pipeline.PASSES)


def rule_names(sources: Sequence[Source]) -> tuple[str, ...]:
    """Every rule the sources define, in the order of evaluation."""
    return tuple(name for definitions in _sets(sources) for name in definitions.rules)


def explain(sources: Sequence[Source], name: str) -> Explanation | None:
    """What became of a rule; None when no rule has the name. program/load says what is wrong with it."""
    definitions = next((one for one in _sets(sources) if name in one.rules), None)
    if definitions is None:
        return None
    definition = definitions.rules[name]
    kept = [rule for rule in check(sources).every if rule.name == name and rule.owner == definition.owner]
    return Explanation(definition, _steps(definition, definitions), compile_rules(kept) if kept else None)


def _sets(sources: Sequence[Source]) -> tuple[Definitions, ...]:
    """The cluster's definitions and those of each namespace."""
    definitions, _ = collect(sources)
    return definitions, *definitions.namespaces.values()


def _steps(definition: RuleDefinition, definitions: Definitions) -> tuple[tuple[Pass, Draft], ...]:
    report = Report()
    expander = Expander(definitions, report, parse)
    tree = parsed(definition, expander, report)
    return () if tree is None else tuple(pipeline.steps(tree, Context(expander, report)))
