# SPDX-License-Identifier: Apache-2.0
"""How events happened, in words: the variants of a clause as bits in, what they have in common out."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Final

from lanner_engine.fields.model import EXE_FROM_MEMFD, EXE_LOWER_LAYER, EXE_UPPER_LAYER, EXE_WRITABLE
from lanner_engine.index import variants
from lanner_engine.index.variants import ACCESS_BITS, CREATED, EXEC_FAILED, KIND_FAILED

_ACCESS: Final = {
    frozenset({0}): "for reading only",
    frozenset({1}): "for writing only",
    frozenset({2}): "for reading and writing",
    frozenset({0, 1}): "for either reading or writing",
    frozenset({0, 2}): "for reading",
    frozenset({1, 2}): "for writing",
    frozenset({0, 1, 2}): "for reading or writing",
    frozenset({1, 2, 3}): "for anything but reading only",
    frozenset({0, 2, 3}): "for anything but writing only",
    frozenset({3}): "for neither reading nor writing",
    frozenset({1, 3}): "for anything but reading",
    frozenset({0, 3}): "for anything but writing",
    frozenset({2, 3}): "for both reading and writing or neither",
    frozenset({0, 1, 3}): "for anything but reading and writing",
}
_KINDS: Final = ("a file or device", "a directory", "what is neither file nor directory")
_FLAGS: Final = {  # not so, and so
    EXE_WRITABLE: ("is not writable", "is writable"),
    EXE_UPPER_LAYER: ("lies in no upper layer", "lies in an upper layer"),
    EXE_LOWER_LAYER: ("lies in no lower layer", "lies in a lower layer"),
    EXE_FROM_MEMFD: ("is no memfd", "is a memfd"),
}
_IMPOSSIBLE: Final = sum(_FLAGS)  # no executable lies in both layers


def asked(mask: int, event_class: str) -> Iterator[str]:
    """Of an event about which nothing is known all is possible: that is not said."""
    possible = {one for one in variants.of_class(event_class) if one != variants.UNKNOWN and mask >> one & 1}
    every = {one for one in variants.of_class(event_class) if one != variants.UNKNOWN}
    if possible == every:
        return
    if event_class == "exec":
        yield from _of_execs(possible)
        return
    failed = {one for one in every if _failed(one, event_class)}
    if possible <= failed:
        yield "the call failed"
        return
    succeeded = possible - failed
    words = list(_succeeded(succeeded, every - failed, event_class))
    if possible & failed:
        yield f"{' and '.join(words)}, or the call failed"
    else:
        yield from words or ("the call succeeded",)


def may_fail(mask: int, event_class: str) -> bool:
    """Whether an event that failed is among them."""
    known = (one for one in variants.of_class(event_class) if one != variants.UNKNOWN and mask >> one & 1)
    return any(_failed(one, event_class) for one in known)


def _failed(variant: int, event_class: str) -> bool:
    if event_class == "open":
        return variant >> ACCESS_BITS & 3 == KIND_FAILED
    return variant == variants.FAILED


def _succeeded(possible: Set[int], every: Set[int], event_class: str) -> Iterator[str]:
    if possible == every:
        return
    yield from list(_of_open(possible)) or (f"{len(possible)} of {len(every)} ways in which it can succeed",)


def _of_open(possible: Set[int]) -> Iterator[str]:
    """Nothing where access, kind and creation depend on each other."""
    access = frozenset(one & 3 for one in possible)
    kinds = sorted({one >> ACCESS_BITS & 3 for one in possible})
    created = {one & CREATED for one in possible}
    if len(possible) != len(access) * len(kinds) * len(created):
        return
    if access in _ACCESS:
        yield f"it is opened {_ACCESS[access]}"
    if len(kinds) < len(_KINDS):
        yield f"what is opened is {' or '.join(_KINDS[kind] for kind in kinds)}"
    if len(created) == 1:
        yield "the open created the file" if created == {CREATED} else "the file was there before"


def rare(mask: int, event_class: str) -> bool:
    """Whether few events of the class happen so: execs of memfds, and of scripts in them."""
    known = (one for one in variants.of_class(event_class) if one != variants.UNKNOWN and mask >> one & 1)
    return event_class == "exec" and all(one & EXE_FROM_MEMFD for one in known)


def _of_execs(possible: Set[int]) -> Iterator[str]:
    """The executable is the one that runs behind the call, whether or not that failed."""
    if not possible:
        yield "the script is a memfd"
        return
    worked = {one for one in possible if not one & EXEC_FAILED}
    failed = {one & ~EXEC_FAILED for one in possible if one & EXEC_FAILED}
    if worked and failed and worked - {_IMPOSSIBLE} != failed:
        yield f"{len(possible)} of {variants.UNKNOWN} ways in which it can happen"
        return
    yield from _of_exec(worked or failed | {_IMPOSSIBLE})
    if not (worked and failed):
        yield "the call succeeded" if worked else "the call failed"


def _of_exec(possible: Set[int]) -> Iterator[str]:
    """Nothing where the flags depend on each other."""
    asked_for = {flag: {bool(one & flag) for one in possible} for flag in _FLAGS}
    if len(possible) != 2 ** sum(len(values) > 1 for values in asked_for.values()):
        return
    for flag, values in asked_for.items():
        if len(values) == 1:
            yield f"the executable {_FLAGS[flag][values == {True}]}"
