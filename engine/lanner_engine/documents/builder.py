# SPDX-License-Identifier: Apache-2.0
"""The tables that documents fill, with the running number of specification 1.4.

What a name meant before is looked up here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from lanner_engine.documents.definitions import Definitions, ListDefinition, MacroDefinition, RuleDefinition
from lanner_engine.documents.problems import Problems
from lanner_engine.resources.rule_object import RuleObject
from lanner_engine.text import Text

Definition = TypeVar("Definition", bound=ListDefinition | MacroDefinition | RuleDefinition)

MAX_APPENDS = 1_000  # to one name: each copies what is there


class DefinitionsBuilder:
    """Dictionaries keep a name where it was first defined: replacing its value does not move it.

    `view` holds lists and macros that can be used, and redefined without changing them for others.
    `owner` is the API object that is being applied, if one is; `changers` are the keys of those that
    redefined, appended to or overrode what was not their own, with the first such name, `macro_names` the
    macros defined or changed, `replaced` what one object defined and another one defined anew. `tenant_lists`
    and `tenant_values` as in Definitions; `value_sizes`: bytes of each value that an object gives.
    """

    def __init__(self, view: Definitions | None = None, found: Problems | None = None) -> None:
        self.changers: dict[str, str] = {}
        self.macro_names: set[str] = set()
        self.replaced: list[ListDefinition | MacroDefinition | RuleDefinition] = []
        lists: _Table[ListDefinition] = _Table(self, view.lists if view else {})
        self.lists: dict[str, ListDefinition] = lists
        self._list_owners = lists.owners
        self.macros: dict[str, MacroDefinition] = _Macros(self, view.macros if view else {})
        self.rules: dict[str, RuleDefinition] = _Table(self, {})
        self.problems = found or Problems()
        self.owner: RuleObject | None = None
        self.tenant_lists: dict[str, int] = dict(view.tenant_lists) if view else {}
        self.tenant_values: dict[str, tuple[Text, ...]] = {}
        self.value_sizes: dict[str, list[int]] = {}
        self._number = view.last_number if view else 0
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

    def list_owner(self, name: str) -> str | None:
        """The key of the object that defined the list, or changed it last; None where there is none."""
        return self._list_owners.get(name)

    def definitions(self) -> Definitions:
        return Definitions(
            dict(self.lists),
            dict(self.macros),
            dict(self.rules),
            self._number,
            frozenset(self.macro_names),
            tenant_lists=dict(self.tenant_lists),
            tenant_values=dict(self.tenant_values),
        )


class _Table(dict[str, Definition], Generic[Definition]):
    """Notes which object stores under a name that another object stored under before."""

    def __init__(self, builder: DefinitionsBuilder, view: Mapping[str, Definition]) -> None:
        super().__init__(view)
        self._builder = builder
        self.owners: dict[str, str] = {}

    def __setitem__(self, name: str, value: Definition) -> None:
        owner = self._builder.owner.key if self._builder.owner else ""
        earlier = self.get(name)
        if earlier is not None and self.owners.get(name) != owner:
            self._builder.changers.setdefault(owner, name)
            if value.span != earlier.span and name in self.owners:
                self._builder.replaced.append(earlier)
        self.owners[name] = owner
        super().__setitem__(name, value)


class _Macros(_Table[MacroDefinition]):
    def __setitem__(self, name: str, value: MacroDefinition) -> None:
        self._builder.macro_names.add(name)
        super().__setitem__(name, value)
