# SPDX-License-Identifier: Apache-2.0
"""Lookups: from one value of an event to the rules it leaves possible, in one step for all of them.

They hold what many rules ask of one field. Rules are numbered, a set of them is a number with their bits. A
lookup may name a rule too many, never one too few: the rule itself is asked afterwards.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import re2

Lookup = Callable[[bytes], int]

AUTOMATON_BYTES = 16 << 10  # of texts in one automaton; more become several
MEMORY = 8 << 20  # bytes one automaton may use: it forgets states and makes them anew when they are full
_SENTINEL = b"\x00lanner\x00"  # no value of an event holds a NUL


@dataclass(frozen=True, slots=True)
class Part:
    """A text that may stand anywhere in a value; `any_case` ignores the case of ASCII letters."""

    text: bytes
    any_case: bool = False


_Item = tuple[Part, int]


def prefixes(masks: Mapping[bytes, int]) -> Lookup:
    """By the keys that a value begins with."""
    keys, closed, parents = _nested(masks)

    def find(value: bytes) -> int:
        # The last key in front of the value begins with every key that the value begins with.
        at = bisect_right(keys, value) - 1
        while at >= 0:
            if value.startswith(keys[at]):
                return closed[at]
            at = parents[at]
        return 0

    return find


def suffixes(masks: Mapping[bytes, int]) -> Lookup:
    """By the keys that a value ends with: the same, backwards."""
    keys, closed, parents = _nested({key[::-1]: mask for key, mask in masks.items()})

    def find(value: bytes) -> int:
        value = value[::-1]
        at = bisect_right(keys, value) - 1
        while at >= 0:
            if value.startswith(keys[at]):
                return closed[at]
            at = parents[at]
        return 0

    return find


def parts(masks: Mapping[Part, int]) -> Lookup:
    """By the keys that stand anywhere in a value."""
    finds = [find for cut in _cuts(list(masks.items())) for find in _finds(cut)]
    if len(finds) == 1:
        return finds[0]

    def find(value: bytes) -> int:
        found = 0
        for one in finds:
            found |= one(value)
        return found

    return find


def _nested(masks: Mapping[bytes, int]) -> tuple[list[bytes], list[int], list[int]]:
    """Sorted keys; for each the rules of all keys it begins with, and the longest of these, -1 for none."""
    keys = sorted(masks)
    closed: list[int] = []
    parents: list[int] = []
    for at, key in enumerate(keys):
        parent = at - 1
        while parent >= 0 and not key.startswith(keys[parent]):
            parent = parents[parent]
        parents.append(parent)
        closed.append(masks[key] | (closed[parent] if parent >= 0 else 0))
    return keys, closed, parents


def _cuts(items: Sequence[_Item]) -> list[list[_Item]]:
    """Cut where the texts of one automaton would become too long together."""
    cuts: list[list[_Item]] = [[]]
    size = 0
    for item in items:
        size += len(item[0].text)
        if size > AUTOMATON_BYTES and cuts[-1]:
            cuts.append([])
            size = len(item[0].text)
        cuts[-1].append(item)
    return cuts


def _finds(items: Sequence[_Item]) -> list[Lookup]:
    """One automaton; several when they have no room in one; for a part that has none anywhere its rules stay
    possible on every value.
    """
    match = _automaton([part for part, _ in items])
    masks = [*(mask for _, mask in items), 0]  # the last is the sentinel's
    if match is None and len(items) > 1:
        half = len(items) // 2
        return _finds(items[:half]) + _finds(items[half:])
    if match is None:
        return [lambda _: masks[0]]

    def find(value: bytes) -> int:
        found = 0
        for number in match(value) or ():
            found |= masks[number]
        return found

    return [find]


def _automaton(wanted: Sequence[Part]) -> Callable[[bytes], list[int] | None] | None:
    """From a value to the positions of the parts in it, None for none; None when RE2 has no room for them.

    An automaton without room finds nothing and does not say so: it is asked for a text that it must find.
    """
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.never_capture = True
    options.max_mem = MEMORY
    together = re2.Set.SearchSet(options)
    try:
        for part in wanted:
            together.Add(_source(part))
        together.Add(_escaped(_SENTINEL))
        together.Compile()
    except re2.error:
        return None
    match: Callable[[bytes], list[int] | None] = together.Match
    return match if len(wanted) in (match(_SENTINEL) or ()) else None


def _source(part: Part) -> bytes:
    return b"(?i:%s)" % _escaped(part.text) if part.any_case else _escaped(part.text)


def _escaped(text: bytes) -> bytes:
    return b"".join(b"\\x%02x" % byte for byte in text)
