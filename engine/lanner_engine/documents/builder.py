# SPDX-License-Identifier: Apache-2.0
"""The tables that documents fill, with the running number of specification 1.4.

Made by documents/collect, filled by documents/named_items and rule_item, which say what to store; what a name
meant before is looked up here.
"""

from __future__ import annotations

from lanner_engine.documents.definitions import Definitions, ListDefinition, MacroDefinition, RuleDefinition
from lanner_engine.documents.problems import Problems

MAX_APPENDS = 1_000  # to one name: each copies what is there


class DefinitionsBuilder:
    """Dictionaries keep a name where it was first defined: replacing its value does not move it."""

    def __init__(self) -> None:
        self.lists: dict[str, ListDefinition] = {}
        self.macros: dict[str, MacroDefinition] = {}
        self.rules: dict[str, RuleDefinition] = {}
        self.problems = Problems()
        self._number = 0
        self._appends: dict[tuple[str, str], int] = {}

    def number(self) -> int:
        """The next running number: one for each definition, append and replacement."""
        self._number += 1
        return self._number

    def may_append(self, kind: str, name: str) -> bool:
        """Count an append; whether there may be one more."""
        count = self._appends.get((kind, name), 0) + 1
        self._appends[kind, name] = count
        return count <= MAX_APPENDS

    def definitions(self) -> Definitions:
        return Definitions(dict(self.lists), dict(self.macros), dict(self.rules))
