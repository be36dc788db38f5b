# SPDX-License-Identifier: Apache-2.0
"""Lists: names of lists on the right of an operator become the lists' items (specification 2.7).

Works on tokens, not on text: a list's name inside quotes stays text. Items are grammar text with quotes of
their own. An operator that takes one value takes a list of one item.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from lanner_engine.ast import Check, ListLiteral, Literal
from lanner_engine.documents.definitions import ListDefinition
from lanner_engine.parser import values
from lanner_engine.passes import report as reports
from lanner_engine.passes import spaced_names
from lanner_engine.passes.misspelt import Misspelt
from lanner_engine.passes.report import Report
from lanner_engine.source import RuleError, Span
from lanner_engine.text import Text, composed
from lanner_engine.tokens import BARE, Scanner, shortened

LIST_OPERATORS = ("in", "intersects", "pmatch")
MAX_ITEMS = 20_000  # of one list with the lists inside it
MAX_CHAIN = 50  # lists in lists
_IN_QUOTES = (
    r"""with blanks and a backslash it is read as in quotes: write \x5c for a backslash, \" for a quote"""
)


class Lists:
    """The lists of one set of definitions, expanded once each."""

    def __init__(
        self, lists: Mapping[str, ListDefinition], report: Report, tenants: Collection[str] = ()
    ) -> None:
        """`tenants`: those that namespaces may add to."""
        self._lists = lists
        self._tenants = tenants
        self._report = report
        self._words = spaced_names.words(lists)
        self._names = {word: name for name, word in self._words.items()}
        self._done: dict[str, tuple[Literal, ...]] = {}
        self._open: list[str] = []
        self._broken: set[str] = set()  # lists with an error, or with one that has
        self._faults = 0  # errors so far, and uses of what has one
        self.used: set[str] = set()
        self.misspelt = Misspelt(lists)

    def readable(self, text: Text) -> Text:
        """The text of a condition with every list's name as one word, as the grammar wants it."""
        return spaced_names.joined(text, self._words)

    def has(self, word: str) -> bool:
        """Whether a list has this name."""
        return word in self._lists or word in self._names

    def expand(self, check: Check) -> Check | None:
        """The check with items in the place of list names; None when one is broken (and reported)."""
        faults = self._faults
        made = self._expanded(check)
        return made if self._faults == faults else None

    def _expanded(self, check: Check) -> Check:
        if isinstance(check.right, ListLiteral):
            right = self._inside(check.right)
            return check if right is check.right else replace(check, right=right)
        if isinstance(check.right, Literal):
            if check.operator in LIST_OPERATORS or check.modifier:
                return replace(check, right=self._alone(check.right))
            return self._of_one(check, check.right)
        return check

    def open_to_namespaces(self, check: Check) -> tuple[str, ...]:
        """The lists that a check names, or that these hold, of those that namespaces may add to."""
        if not self._tenants:
            return ()
        waiting = [name for word in _words(check) if (name := self._names.get(word, word)) in self._lists]
        found: dict[str, None] = {}
        seen = set(waiting)
        while waiting:
            name = waiting.pop()
            if name in self._tenants:
                found[name] = None
            definition = self._lists[name]
            inner = {one.value for one in definition.items if one.value in self._lists} - seen
            seen |= inner
            waiting += sorted(inner)
        return tuple(found)

    def mark_items(self) -> None:
        """A list that another list names is used, even when that other list is not."""
        for definition in self._lists.values():
            for item in definition.items:
                inner = self._lists.get(item.value)
                if inner is None:
                    self.misspelt.suspect_item(item)
                elif inner.index < definition.visibility:
                    self.used.add(item.value)

    def _inside(self, right: ListLiteral) -> ListLiteral:
        named = [self._named(item) for item in right.items]
        if not any(named):
            return right
        items = [one for item, found in zip(right.items, named, strict=True) for one in (found or (item,))]
        kept = [item for item in items if item is not _NOTHING]
        return replace(right, items=tuple(kept))

    def _named(self, item: object) -> tuple[Literal, ...]:
        """The items of the list that a bare word names, a marker when it has none, () when it names no
        list.
        """
        if not isinstance(item, Literal):
            return ()
        if item.quoted:
            self.misspelt.clear(item)
            return ()
        word = item.value.decode("utf-8", "replace")
        name = self._names.get(word, word)
        if name not in self._lists:
            self.misspelt.suspect(name, item.span)
            return ()
        self.used.add(name)
        return self._items(name) or (_NOTHING,)

    def _of_one(self, check: Check, right: Literal) -> Check:
        """A check that takes one value: the only item of the list that it names."""
        word = right.value.decode("utf-8", "replace")
        if right.quoted or word not in self._lists:
            self.misspelt.clear(right)
            return check
        self.used.add(word)
        items = self._items(word)
        if len(items) == 1:
            return replace(check, right=items[0])
        message = f"{check.operator} takes one value, and the list {word} has {len(items)} items"
        modified = f"{check.operator} {'allof' if check.operator == '!=' else 'anyof'}"
        several = "in" if check.operator in ("=", "==") else modified
        self._error(message, right.span, f"write {several} ({word})")
        return check

    def _alone(self, item: Literal) -> ListLiteral:
        """A name without parentheses: one value, or one list of one item."""
        items = tuple(one for one in self._named(item) or (item,) if one is not _NOTHING)
        if len(items) > 1:
            name = item.value.decode("utf-8", "replace")
            message = f"the list {name} stands without parentheses"
            self._error(message, item.span, f"write ({name})")
        return ListLiteral(items, span=item.span)

    def _items(self, name: str) -> tuple[Literal, ...]:
        if name in self._done:
            self._faults += name in self._broken
            return self._done[name]
        faults = self._faults
        definition = self._lists[name]
        self._open.append(name)
        found: list[Literal] = []
        for item in definition.items:
            found.extend(self._item(item))
            if len(found) > MAX_ITEMS:
                message = f"the list {name} has more than {MAX_ITEMS} items with its lists in place"
                self._error(message, definition.span)
                found.clear()
                break
        self._open.pop()
        if self._faults > faults:
            self._broken.add(name)
        self._done[name] = tuple(found)
        return self._done[name]

    def _item(self, item: Text) -> tuple[Literal, ...]:
        """What an item stands for; a list that is named by one of its own items is no list there."""
        if item.value in self._lists and item.value not in self._open:
            if len(self._open) < MAX_CHAIN:
                self.used.add(item.value)
                return self._items(item.value)
            message = f"lists nest more than {MAX_CHAIN} deep"
            self._error(message, item.whole)
            return ()
        if item.value in self._open[:-1]:
            message = f"the list {item.value} holds itself by way of {self._open[-1]}"
            self._error(message, item.whole, "take one of the two names out")
        return self._literals(item)

    def _literals(self, item: Text) -> tuple[Literal, ...]:
        """What the text of an item means: one text with its blanks, else what the grammar reads there. A text
        with blanks and backslashes is read as in quotes.
        """
        text, span = item.value, item.span(0, len(item.value))
        if " " in text and text.strip()[:1] not in ('"', "'"):
            if "\\" in text:
                return self._written(composed(('"', item, '"'), item.whole), _IN_QUOTES)
            return (Literal(text.encode(), span=span),)
        if BARE.fullmatch(text):
            return (Literal(text.encode(), span=span),)
        return self._written(item)

    def _written(self, item: Text, hint: str = "") -> tuple[Literal, ...]:
        """Read by the grammar's own rules: quotes, commas. `hint`: of any error."""
        span = item.span(0, len(item.value))
        try:
            return tuple(replace(one, span=span) for one in values.unlisted(Scanner(item)))
        except RuleError as error:
            found = error.diagnostics[0]
            message = f"the list item {shortened(item.value)} is no value: {found.message}"
            self._error(message, found.span, hint or found.hint or values.ITEM_HINT)
            return ()

    def _error(self, message: str, span: Span, hint: str = "") -> None:
        self._faults += 1
        self._report.error(reports.CONDITION, message, span, hint)


def _words(check: Check) -> list[str]:
    """Those that name a list, where there is one of that name."""
    right = check.right
    items = right.items if isinstance(right, ListLiteral) else (right,)
    literals = (one for one in items if isinstance(one, Literal) and not one.quoted)
    return [one.value.decode("utf-8", "replace") for one in literals]


_NOTHING = Literal(b"")
