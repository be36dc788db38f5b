# SPDX-License-Identifier: Apache-2.0
"""Globs as fnmatch(3) without flags defines them, over bytes: `*` and `?` also match `/` and leading dots.

Pattern and value in, whether the whole value matches out. Time is bounded by pattern length times value
length, however hostile either is. Specification 3.3.
"""

from __future__ import annotations

from functools import lru_cache

EVERY = frozenset(range(256))
_BYTES = tuple(frozenset((byte,)) for byte in range(256))  # one object each: a pattern has one for each byte
_ANY = None  # a `*` of a compiled pattern
_Item = frozenset[int] | None


def glob(pattern: bytes, value: bytes) -> bool:
    """Whether all of `value` matches; a broken bracket stands for itself."""
    items = compile_glob(pattern)
    at = item = 0
    retry_item = retry_at = -1
    while at < len(value):
        wanted = items[item] if item < len(items) else frozenset[int]()
        if wanted is _ANY:
            retry_item, retry_at = item + 1, at
            item += 1
        elif value[at] in wanted:
            at += 1
            item += 1
        elif retry_item >= 0:
            retry_at += 1
            at, item = retry_at, retry_item
        else:
            return False
    return all(rest is _ANY for rest in items[item:])


@lru_cache(maxsize=4096)
def compile_glob(pattern: bytes) -> tuple[_Item, ...]:
    """The same as `compiled`, kept: for patterns of rules."""
    return compiled(pattern)


def compiled(pattern: bytes) -> tuple[_Item, ...]:
    """One set of allowed bytes per position, None for `*`."""
    items: list[_Item] = []
    at = 0
    while at < len(pattern):
        item, at = _item(pattern, at)
        if not (item is _ANY and items and items[-1] is _ANY):
            items.append(item)
    return tuple(items)


def _item(pattern: bytes, at: int) -> tuple[_Item, int]:
    match pattern[at : at + 1]:
        case b"*":
            return _ANY, at + 1
        case b"?":
            return EVERY, at + 1
        case b"[":
            return _bracket(pattern, at) or (_BYTES[ord("[")], at + 1)
        case b"\\":  # the last of a pattern matches nothing
            return frozenset(pattern[at + 1 : at + 2]), at + 2
        case other:
            return _BYTES[other[0]], at + 1


_CLASSES = {
    b"alpha": bytes(c for c in range(128) if chr(c).isalpha()),
    b"digit": b"0123456789",
    b"alnum": bytes(c for c in range(128) if chr(c).isalnum()),
    b"upper": bytes(range(65, 91)),
    b"lower": bytes(range(97, 123)),
    b"space": b" \t\n\r\f\v",
    b"blank": b" \t",
    b"punct": bytes(c for c in range(33, 127) if not chr(c).isalnum()),
    b"print": bytes(range(32, 127)),
    b"graph": bytes(range(33, 127)),
    b"cntrl": bytes([*range(32), 127]),
    b"xdigit": b"0123456789abcdefABCDEF",
}


def _bracket(pattern: bytes, at: int) -> tuple[frozenset[int], int] | None:
    """The set of `[a-z]`, `[!a]`, `[[:digit:]]` and the position after it; None when it is never closed."""
    at += 1
    if pattern.find(b"]", at) < 0:  # or every [ of [[[[ would be followed to the end
        return None
    negated = pattern[at : at + 1] in (b"!", b"^")
    at += negated
    allowed: set[int] = set()
    first = True
    while at < len(pattern) and (first or pattern[at] != ord("]")):
        first = False
        name, colon, _ = pattern[at + 2 :].partition(b":]")
        if pattern.startswith(b"[:", at) and colon and name in _CLASSES:
            allowed.update(_CLASSES[name])
            at += len(name) + 4
            continue
        low, at = _member(pattern, at)
        high = low
        if pattern[at : at + 1] == b"-" and pattern[at + 1 : at + 2] not in (b"]", b""):
            high, at = _member(pattern, at + 1)
        allowed.update(range(low, high + 1))
    if at >= len(pattern):
        return None
    return _shared(EVERY - allowed if negated else frozenset(allowed)), at + 1


@lru_cache(maxsize=1_024)
def _shared(allowed: frozenset[int]) -> frozenset[int]:
    """The same object for the same set: a pattern may hold eighty, and each takes up to 16 KiB."""
    return allowed


def _member(pattern: bytes, at: int) -> tuple[int, int]:
    if pattern[at] == ord("\\") and at + 1 < len(pattern):
        at += 1
    return pattern[at], at + 1
