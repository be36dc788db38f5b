# SPDX-License-Identifier: Apache-2.0
"""Rules as they are written, with macros and lists by their names, to be asked part by part.

Only for rules that load without errors: what is wrong with others is said by program/load.
"""

from __future__ import annotations

from collections.abc import Sequence

from lanner_engine.ast import And, Check, Expr, MacroRef, Or, Rows
from lanner_engine.documents.collect import collect
from lanner_engine.documents.definitions import Definitions, RuleDefinition
from lanner_engine.parser.recovery import parse_all
from lanner_engine.passes import fold, resolve
from lanner_engine.passes.expand import Expander
from lanner_engine.passes.report import Report
from lanner_engine.program.load import parsed
from lanner_engine.source import Source

Question = Check | Rows


class Book:
    """The rules of all sources by name: the cluster's first, then those of namespaces."""

    def __init__(self, sources: Sequence[Source]) -> None:
        definitions, _ = collect(sources)
        self._shelves = [Shelf(one) for one in (definitions, *definitions.namespaces.values())]

    def rule(self, name: str, owner: str | None = None) -> Written | None:
        """The rule of this name, of the object with this key if one is given; None when there is none."""
        for shelf in self._shelves:
            definition = shelf.definitions.rules.get(name)
            if definition is not None and owner in (None, definition.owner.key if definition.owner else ""):
                return shelf.written(definition)
        return None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for shelf in self._shelves for name in shelf.definitions.rules)


class Shelf:
    """One set of definitions; each condition is parsed once."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self._report = Report()
        self._expander = Expander(definitions, self._report, parse_all)
        self._macros: dict[str, Expr] = {}
        self._rules: dict[str, Written | None] = {}

    def written(self, definition: RuleDefinition) -> Written | None:
        if definition.name not in self._rules:
            tree = parsed(definition, self._expander, self._report)
            self._rules[definition.name] = None if tree is None else Written(definition, tree, self)
        return self._rules[definition.name]

    def macro(self, ref: MacroRef) -> Expr:
        """What a macro stands for, its own macros by name."""
        if ref.name not in self._macros:
            text = self.definitions.macros[ref.name].condition
            self._macros[ref.name] = parse_all(self._expander.lists.readable(text))
        return self._macros[ref.name]

    def question(self, check: Check) -> Check | bool:
        """The check with its lists in place; its answer where that is always the same."""
        found = resolve.resolve(self._expander.lists.expand(check) or check, self._report)
        folded = fold.fold(found)
        if isinstance(folded, And | Or) and not folded.children:
            return isinstance(folded, And)
        assert isinstance(found, Check)  # noqa: S101  resolve changes fields only
        return found


class Written:
    """One rule with the definitions that its words mean."""

    def __init__(self, definition: RuleDefinition, condition: Expr, shelf: Shelf) -> None:
        self.definition = definition
        self.condition = condition
        self.shelf = shelf
