# SPDX-License-Identifier: Apache-2.0
"""Expand: macro references become the macros' conditions, list names the lists' items (specification 1.5 and
2.7).

One serves a set of definitions, and is called for each rule's parsed condition. Trees are shared, not copied,
and measured before they are built: a chain of macros that doubles at every step is an error, not a full
memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from lanner_engine import steps
from lanner_engine.ast import Check, Expr, ListLiteral, MacroRef, Or, Rows
from lanner_engine.diagnostics import suggest
from lanner_engine.documents.definitions import Definitions, MacroDefinition
from lanner_engine.passes import report as reports
from lanner_engine.passes.budget import ITEMS, MAX_CHECKS, Budget
from lanner_engine.passes.lists import Lists
from lanner_engine.passes.report import Report
from lanner_engine.passes.tenant_rows import widened
from lanner_engine.passes.traverse import TRUE, collapse, rebuild
from lanner_engine.source import RuleError
from lanner_engine.text import Text

MAX_NODES = 20_000  # of one expanded condition
MAX_DEPTH = 100  # levels of and/or/not in it
MAX_CHAIN = 50  # macros in macros


@dataclass(frozen=True, slots=True)
class Measured:
    """An expanded tree with its number of nodes and levels, shared subtrees counted each time; a long list
    counts as several nodes.
    """

    tree: Expr
    nodes: int
    depth: int


class Expander:
    """Expands conditions against one set of definitions; every problem of a macro is reported once."""

    def __init__(
        self,
        definitions: Definitions,
        report: Report,
        parse: Callable[[Text], Expr],
        max_checks: int = MAX_CHECKS,
    ) -> None:
        self._macros: Mapping[str, MacroDefinition] = definitions.macros
        self.lists = Lists(definitions.lists, report, definitions.tenant_lists)
        self._report = report
        self._parse = parse
        self._done: dict[str, Measured | None] = {}
        self._open: list[str] = []
        self.used: set[str] = set()
        self.budget = Budget(max_checks)

    def expand(self, condition: Expr) -> Expr | None:
        """The condition without macros and list names; None when something in it is broken (and reported)."""
        measured = self._expand(condition, None)
        if measured is None:
            return None
        if self.budget.take_checks(measured.nodes):
            steps.take(steps.CHECK * measured.nodes)
            return measured.tree
        most = self.budget.most
        message = f"no room: the rules have more than {most} checks together, macros and lists in place"
        self._report.error(
            reports.CONDITION,
            message,
            condition.span,
            "use shorter macros and lists, or fewer rules",
            reports.TOO_LARGE,
        )
        return None

    def without_macros(self, condition: Expr) -> Expr:
        """The condition's own checks, which can be looked at though a macro or list beside them is broken."""

        def visit(node: Expr, below: list[Expr]) -> Expr:
            if isinstance(node, Check):
                return self._of_check(node) or TRUE
            return TRUE if isinstance(node, MacroRef) else rebuild(node, below)

        return collapse(condition, visit)

    def _of_check(self, check: Check) -> Expr | None:
        """With its lists in place, and what namespaces may add to them; None when a list is broken."""
        names = self.lists.open_to_namespaces(check)
        expanded = self.lists.expand(check)
        return widened(expanded, names, self._report) if names and expanded else expanded

    def check_macros(self, names: Iterable[str]) -> None:
        """Report what is wrong with macros that no rule uses."""
        for name in names:
            self._macro(name)

    def _expand(self, condition: Expr, inside: MacroDefinition | None) -> Measured | None:
        broken = False

        def visit(node: Expr, below: list[Measured | None]) -> Measured | None:
            nonlocal broken
            if isinstance(node, MacroRef):
                made = self._reference(node, inside)
            elif isinstance(node, Check):
                made = _measured(self._of_check(node))
            elif isinstance(node, Rows):
                made = Measured(node, 1 + len(node.rows) * len(node.fields) // ITEMS, 1)
            else:
                made = self._inner(node, below)
            broken = broken or made is None
            return made

        measured = collapse(condition, visit)
        return None if broken else measured

    def _inner(self, node: Expr, below: list[Measured | None]) -> Measured | None:
        parts = [part for part in below if part is not None]
        if len(parts) < len(below):
            return None
        nodes = 1 + sum(part.nodes for part in parts)
        depth = 1 + max((part.depth for part in parts), default=0)
        if nodes > MAX_NODES or depth > MAX_DEPTH:
            what = f"more than {MAX_NODES} checks" if nodes > MAX_NODES else f"more than {MAX_DEPTH} levels"
            self._report.error(
                reports.CONDITION, f"the condition has {what} with its macros in place", node.span
            )
            return None
        return Measured(rebuild(node, [part.tree for part in parts]), nodes, depth)

    def _reference(self, ref: MacroRef, inside: MacroDefinition | None) -> Measured | None:
        found = self._macros.get(ref.name)
        if found is None or (inside is not None and found.index >= inside.visibility):
            self._undefined(ref, found)
            return None
        if ref.name in self._open:
            self._report.error(reports.VALIDATE, f"reference loop in macro '{ref.name}'", ref.span)
            return None
        if len(self._open) >= MAX_CHAIN:
            self._report.error(reports.VALIDATE, f"macros nest more than {MAX_CHAIN} deep", ref.span)
            return None
        self.used.add(ref.name)
        return self._macro(ref.name)

    def _macro(self, name: str) -> Measured | None:
        if name not in self._done:
            macro = self._macros[name]
            self._open.append(name)
            try:
                steps.take(steps.CHARACTER * len(macro.condition.value))
                self._done[name] = self._expand(self._parse(self.lists.readable(macro.condition)), macro)
            except RuleError as error:
                self._report.diagnostics.extend(error.diagnostics)
                self._done[name] = None
            finally:
                self._open.pop()
        return self._done[name]

    def _undefined(self, ref: MacroRef, later: MacroDefinition | None) -> None:
        hint = "it is defined after the macro that uses it" if later else suggest(ref.name, self._macros)
        message = f"Undefined macro '{ref.name}' used in filter."
        self._report.error(reports.VALIDATE, message, ref.span, hint, "MacroNotFound")


def _measured(made: Expr | None) -> Measured | None:
    """Of a check, or of one with the parts that namespaces may fill."""
    if made is None:
        return None
    parts = made.children if isinstance(made, Or) else (made,)
    right = parts[0].right if isinstance(parts[0], Check) else None
    items = len(right.items) if isinstance(right, ListLiteral) else 0
    return Measured(made, len(parts) + items // ITEMS, min(2, len(parts)))
