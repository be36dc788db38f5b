# SPDX-License-Identifier: Apache-2.0
"""Misspelt names of lists: the language takes them for values, silently; here that is a warning.

A bare word in the place of a list's name is suspected when it is much like one, unless the same word is a
value elsewhere: an item of a list, in quotes, or beside an operator that takes no lists.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping

from lanner_engine import steps
from lanner_engine.ast import Literal
from lanner_engine.documents.definitions import ListDefinition
from lanner_engine.fields.tables.event_names import EVENT_NAMES
from lanner_engine.passes.report import Report
from lanner_engine.source import Span
from lanner_engine.text import Text

CODE = "LOAD_COMPILE_CONDITION"
LIKENESS = 0.85  # of difflib's ratio; one letter in seven may differ
SHORTEST = 8  # letters of a word without underscore; shorter ones are names of programs
MAX_WORDS = 1_000  # suspects that are compared with every list

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class Misspelt:
    """Words in the places of list names, and words that are certainly meant as they are."""

    def __init__(self, lists: Mapping[str, ListDefinition]) -> None:
        self._lists = lists
        self._items = Counter(item.value for one in lists.values() for item in one.items)
        self._values: set[str] = set()
        self._suspects: dict[str, list[Span]] = {}

    def suspect(self, word: str, span: Span) -> None:
        """Note a bare word of a condition that is no list's name."""
        if word not in self._items and _may_be_list(word) and len(self._suspects) < MAX_WORDS:
            self._suspects.setdefault(word, []).append(span)

    def suspect_item(self, item: Text) -> None:
        """Note an item of a list that is no list's name."""
        word = item.value
        if self._items[word] == 1 and "_" in word and _may_be_list(word) and len(self._suspects) < MAX_WORDS:
            self._suspects.setdefault(word, []).append(item.whole)

    def clear(self, literal: Literal) -> None:
        """Note a value that is meant as it is."""
        self._values.add(literal.value.decode("utf-8", "replace"))

    def warn(self, report: Report) -> None:
        """Say what is left of the suspicion, and forget it."""
        for word, spans in self._suspects.items():
            steps.take(steps.LIKENESS * len(self._lists))
            near = difflib.get_close_matches(word, self._lists, n=1, cutoff=LIKENESS)
            if word in self._values or not near:
                continue
            for span in spans:
                message = f"{word} is compared as text: there is no list of this name"
                report.warning(CODE, message, span, f"did you mean {near[0]}?")
        self._suspects.clear()


def _may_be_list(word: str) -> bool:
    if not _NAME.fullmatch(word) or word in EVENT_NAMES:
        return False
    return "_" in word or len(word) >= SHORTEST
