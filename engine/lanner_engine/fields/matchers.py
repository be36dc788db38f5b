# SPDX-License-Identifier: Apache-2.0
"""Matchers made once per literal: glob and path prefix, as functions bytes -> bool.

Time is linear in the value for every pattern (specification 3.3); memory is bounded, and a pattern that
needs more raises re2.error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import re2

from lanner_engine.fields.globbing import EVERY, compile_glob, compiled
from lanner_engine.fields.regex import MAX_MEMORY
from lanner_engine.fields.types import MAX_LITERAL

Matcher = Callable[[bytes], bool]

CACHED = 1_024  # matchers that are kept for the next program

_GLOBBED = re.compile(rb"[?*\[]")
_STATES = re.compile(rb"[?\[\\]")  # what takes more than finding stretches one behind the other
_WITHIN = EVERY - {ord("/")}  # what may stand in one part of a path


def needs_automaton(operator: str, pattern: bytes) -> bool:
    """Whether a literal of glob, iglob or pmatch costs an automaton's memory."""
    return bool((_GLOBBED if operator == "pmatch" else _STATES).search(pattern))


@lru_cache(CACHED)
def glob(pattern: bytes) -> Matcher:
    """fnmatch(3) over the whole value; plain stretches between stars need no automaton."""
    if _STATES.search(pattern):
        return _automaton(_source(pattern, EVERY))
    return _starred(pattern) if b"*" in pattern else pattern.__eq__


def _starred(pattern: bytes) -> Matcher:
    """A pattern of plain stretches with stars between: each stretch is found behind the one before."""
    first, *between, last = pattern.split(b"*")
    stretches = [stretch for stretch in between if stretch]
    if not first and not last and len(stretches) == 1:
        return lambda value: stretches[0] in value
    taken = len(first) + len(last)

    def matches(value: bytes) -> bool:
        if len(value) < taken or not value.startswith(first) or not value.endswith(last):
            return False
        at, end = len(first), len(value) - len(last)
        for stretch in stretches:
            found = value.find(stretch, at, end)
            if found < 0:
                return False
            at = found + len(stretch)
        return True

    return matches


def too_long(pattern: bytes) -> bool:
    """Whether it needs an automaton and is longer than a rule may write one: an event may hold such."""
    return len(pattern) > MAX_LITERAL and _STATES.search(pattern) is not None


def glob_given(pattern: bytes, value: bytes) -> bool:
    """The same by a pattern that an event holds, of which nothing is kept; what is too long or too large
    matches nothing.
    """
    if not _STATES.search(pattern):
        return _starred(pattern)(value) if b"*" in pattern else pattern == value
    if too_long(pattern):
        return False
    try:
        return _automaton(_written(compiled(pattern), EVERY))(value)
    except re2.error:
        return False


@lru_cache(CACHED)
def iglob(pattern: bytes) -> Matcher:
    """The same, ASCII case ignored."""
    matches = glob(pattern.lower())
    return lambda value: matches(value.lower())


@lru_cache(CACHED)
def path_match(patterns: tuple[bytes, ...]) -> Matcher:
    """pmatch: some pattern's parts equal, or glob-match, the value's first parts."""
    plain: list[bytes] = []
    globbed: list[bytes] = []
    for pattern in patterns:
        path = _path(pattern)
        (globbed if _GLOBBED.search(path) else plain).append(path)
    prefixes = tuple(plain)
    if not globbed:
        return lambda value: _path(value).startswith(prefixes)
    matches = _automaton(b"(?:%s)[^\\x00]*" % b"|".join(map(_path_source, globbed)))
    return lambda value: (path := _path(value)).startswith(prefixes) or matches(path)


def _path(text: bytes) -> bytes:
    """`/a/b/` of `a//b`: one slash before, between and after the parts."""
    parts = [part for part in text.split(b"/") if part]
    return b"/%s/" % b"/".join(parts) if parts else b"/"


def _path_source(path: bytes) -> bytes:
    parts = path.strip(b"/").split(b"/")
    return b"/%s/" % b"/".join(
        _source(part, _WITHIN) if _GLOBBED.search(part) else re.escape(part) for part in parts
    )


def _source(pattern: bytes, alphabet: frozenset[int]) -> bytes:
    """A glob as an RE2 pattern over single bytes."""
    return _written(compile_glob(pattern), alphabet)


def _written(items: Iterable[frozenset[int] | None], alphabet: frozenset[int]) -> bytes:
    return b"".join(_class(alphabet) + b"*" if item is None else _class(item & alphabet) for item in items)


@lru_cache(CACHED)
def _class(allowed: frozenset[int]) -> bytes:
    if not allowed:
        return b"[^\\x00-\\xff]"
    return b"[%s]" % b"".join(b"\\x%02x-\\x%02x" % bounds for bounds in _ranges(sorted(allowed)))


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _automaton(source: bytes) -> Matcher:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    fullmatch = re2.compile(source, options).fullmatch
    return lambda value: fullmatch(value) is not None
