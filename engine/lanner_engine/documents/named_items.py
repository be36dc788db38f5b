# SPDX-License-Identifier: Apache-2.0
"""Lists and macros of a document: define, append, replace (specification 1.2 and 1.4)."""

from __future__ import annotations

import re

from lanner_engine.documents import override
from lanner_engine.documents.builder import DefinitionsBuilder
from lanner_engine.documents.definitions import ListDefinition, MacroDefinition
from lanner_engine.documents.item import Item
from lanner_engine.documents.nodes import Mapping
from lanner_engine.text import Text
from lanner_engine.tokens import IDENTIFIER

_LIST_NAME = re.compile(r"""[^()"'\s=,]+""")


def read_list(mapping: Mapping, name_key: str, builder: DefinitionsBuilder) -> None:
    """One list; nothing is stored when it has an error."""
    item = Item(mapping, "list", name_key, builder.problems)
    item.check_keys((name_key, "items", "append", "override"))
    name = item.name()
    items = item.texts("items")
    appended = _appended(item, "items")
    if item.failed or items is None:
        return
    if not _LIST_NAME.fullmatch(name):
        _warn_name(
            item, "LOAD_INVALID_LIST_NAME", "a good name has no blanks, commas, quotes, parentheses and ="
        )
    earlier = builder.lists.get(name)
    if appended:
        if not _may_append(item, name, builder) or earlier is None:
            return
        items = earlier.items + items
    number = builder.number()
    index = earlier.index if earlier else number
    span = earlier.span if appended and earlier else item.span
    builder.lists[name] = ListDefinition(name, items, span, index, number)


def read_macro(mapping: Mapping, name_key: str, builder: DefinitionsBuilder) -> None:
    """One macro; nothing is stored when it has an error."""
    item = Item(mapping, "macro", name_key, builder.problems)
    item.check_keys((name_key, "condition", "append", "override"))
    name = item.name()
    condition = item.text("condition")
    appended = _appended(item, "condition")
    if item.failed or condition is None:
        return
    if not IDENTIFIER.fullmatch(name):
        _warn_name(item, "LOAD_INVALID_MACRO_NAME", "letters, digits and _ make a name that can be used")
    earlier = builder.macros.get(name)
    if appended:
        if not _may_append(item, name, builder) or earlier is None:
            return
        condition = earlier.condition.joined(condition)
    _store_macro(item, name, condition, appended, builder)


def _store_macro(item: Item, name: str, condition: Text, appended: bool, builder: DefinitionsBuilder) -> None:
    earlier = builder.macros.get(name)
    number = builder.number()
    index = earlier.index if earlier else number
    span = earlier.span if appended and earlier else item.span
    builder.macros[name] = MacroDefinition(name, condition, span, index, number)


def _appended(item: Item, key: str) -> bool:
    """Whether the element is added to an earlier one; `replace` is the same as defining it again."""
    operation = override.operations(item, {key: override.BOTH}).get(key)
    if override.appends(item):
        override.warn_append(item, key)
        return True
    return operation == "append"


def _may_append(item: Item, name: str, builder: DefinitionsBuilder) -> bool:
    table = builder.lists if item.kind == "list" else builder.macros
    return override.require_earlier(item, name, table, "appended to") and override.require_room(
        item, name, builder
    )


def _warn_name(item: Item, code: str, hint: str) -> None:
    item.problems.warning(code, f"no good name for a {item.kind}", item.span, hint)
