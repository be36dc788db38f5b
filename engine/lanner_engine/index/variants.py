# SPDX-License-Identifier: Apache-2.0
"""Variants: how an event happened, as a small number that the kernel finds in registers and a few loads.

Opens have their access mode, what was opened and whether it was created; execs the flags of the executable;
all others whether they failed. A check and a variant come in; out goes whether the check holds, or that this
is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Final, cast

from lanner_engine.ast import Check, FieldRef, ListLiteral, Literal, literals
from lanner_engine.fields.model import EXE_FROM_MEMFD, EXE_LOWER_LAYER, EXE_UPPER_LAYER, EXE_WRITABLE, Event
from lanner_engine.passes.lists import LIST_OPERATORS
from lanner_engine.reference.evaluate import evaluate

VARIANTS: Final = 32
UNKNOWN: Final = VARIANTS - 1  # nothing is known of how it happened
EVERY: Final = (1 << VARIANTS) - 1  # as bits, one a variant

# Of opens: O_ACCMODE in the two lowest bits, then one of these, then whether the file was created.
ACCESS_BITS: Final = 2
KIND_FILE, KIND_DIRECTORY, KIND_OTHER, KIND_FAILED = range(4)
CREATED: Final = 1 << 4
# What the language calls them. Memory is a file to the kernel; what was not opened has a letter, by the call,
# and no type.
_LETTERS: Final = {
    KIND_FILE: ((b"f", b"file"), (b"m", b"memfd")),
    KIND_DIRECTORY: ((b"d", b"directory"),),
    KIND_FAILED: ((b"f", None), (b"o", None)),
}
_READING: Final = (0, 2)
_WRITING: Final = (1, 2)

# Of execs: the EXE_* bits of facts, and whether the call failed. Of a script in a memfd nothing is known.
EXEC_FAILED: Final = 1 << 4
_FROM_MEMFD: Final = "proc.is_script_from_memfd"
_EXE_FLAGS: Final = {
    "proc.is_exe_writable": EXE_WRITABLE,
    "proc.is_exe_upper_layer": EXE_UPPER_LAYER,
    "proc.is_exe_lower_layer": EXE_LOWER_LAYER,
    "proc.is_exe_from_memfd": EXE_FROM_MEMFD,
}

# Of all others.
SUCCEEDED, FAILED = range(2)

_MAX_VALUES: Final = 8  # of a check that is looked at
_SUCCESS: Final = b"SUCCESS"
_EQUAL: Final = ("=", "==", "!=", "in", "intersects")
_SIGNED: Final = {"fd.num": ("open",), "evt.rawres": ()}
_OPEN: Final = ("evt.is_open_read", "evt.is_open_write", "evt.is_open_create", "fd.typechar", "fd.type")
_RESULTS: Final = ("exec", "fork", "open", "path", "socket", "other")  # classes whose events have a result


def asks(check: Check, event_class: str) -> bool:
    """Whether variants of the class's events can say anything of a check."""
    if not isinstance(check.left, FieldRef) or check.modifier is not None or not literals(check):
        return False
    name = check.left.name
    if name in _SIGNED:
        return event_class in (_SIGNED[name] or _RESULTS)
    if name in ("evt.failed", "evt.res"):
        return event_class in _RESULTS
    return (event_class == "open" and name in _OPEN) or (
        event_class == "exec" and name in (*_EXE_FLAGS, _FROM_MEMFD)
    )


def of_class(event_class: str) -> Iterator[int]:
    """All variants of a class's events."""
    if event_class in ("open", "exec"):
        yield from range(UNKNOWN)
    elif event_class in _RESULTS:
        yield from (SUCCEEDED, FAILED)
    yield UNKNOWN


def possible(check: Check, event_class: str, *, negated: bool) -> int:
    """The variants, as bits, on which a check that `asks` can be true, or the negation of one."""
    values = tuple(literal.value for literal in literals(check))
    if len(values) > _MAX_VALUES:
        return EVERY
    assert isinstance(check.left, FieldRef)  # noqa: S101  asks
    return _possible(check.left.name, check.operator, values, event_class, negated)


@lru_cache(1024)
def _possible(field: str, operator: str, values: tuple[bytes, ...], event_class: str, negated: bool) -> int:
    """Kept by what is asked, since many rules ask the same."""
    right = tuple(map(Literal, values))
    check = Check(FieldRef(field), operator, ListLiteral(right) if operator in LIST_OPERATORS else right[0])
    known = sum(1 << variant for variant in of_class(event_class))
    holds = sum(
        1 << variant
        for variant in of_class(event_class)
        if answer(check, event_class, variant) is not negated
    )
    return EVERY & ~known | holds


def answer(check: Check, event_class: str, variant: int) -> bool | None:
    """Whether a check that `asks` holds on events of the variant; None: on some."""
    assert isinstance(check.left, FieldRef)  # noqa: S101  asks
    if variant == UNKNOWN:
        return None
    failed = _failed(event_class, variant)
    name = check.left.name
    if name in _SIGNED:
        return _of_sign(check, negative=failed)
    if name == "evt.failed":
        return evaluate(check, cast(Event, SimpleNamespace(result=-1 if failed else 0)))
    if name == "evt.res":
        return _of_result(check, failed=failed)
    if name in _EXE_FLAGS or name == _FROM_MEMFD:
        return _of_image(check, SimpleNamespace(exe_flags=variant & ~EXEC_FAILED, script_flags=0))
    return _of_open(check, name, variant)


def _failed(event_class: str, variant: int) -> bool:
    if event_class == "open":
        return variant >> ACCESS_BITS & 3 == KIND_FAILED
    return bool(variant & EXEC_FAILED) if event_class == "exec" else variant == FAILED


def _of_image(check: Check, process: SimpleNamespace) -> bool:
    """Of the image that runs behind the exec: when that failed, the one before."""
    return evaluate(check, cast(Event, SimpleNamespace(process=process)))


def _of_open(check: Check, name: str, variant: int) -> bool | None:
    access, kind = variant & 3, variant >> ACCESS_BITS & 3
    if name.startswith("fd."):
        return _of_kinds(check, _LETTERS.get(kind, ()))
    if kind == KIND_FAILED:
        return None
    event = SimpleNamespace(
        open_read=access in _READING, open_write=access in _WRITING, open_create=bool(variant & CREATED)
    )
    return evaluate(check, cast(Event, event))


def _of_kinds(check: Check, kinds: Sequence[tuple[bytes, bytes | None]]) -> bool | None:
    """Of what is one of these, each a typechar and a type."""
    found = {
        evaluate(check, cast(Event, SimpleNamespace(fd=SimpleNamespace(typechar=letter, type=kind))))
        for letter, kind in kinds
    }
    return found.pop() if len(found) == 1 else None


def _of_result(check: Check, *, failed: bool) -> bool | None:
    """All that succeed have one text, which no error has."""
    if not failed:
        return evaluate(check, cast(Event, SimpleNamespace(result=0)))
    only = all(literal.value == _SUCCESS for literal in literals(check))
    return check.operator == "!=" if only and check.operator in _EQUAL else None


def _of_sign(check: Check, *, negative: bool) -> bool | None:
    """Of a number of which only the sign is known, with 0 among the others."""
    try:
        values = [int(literal.value, 0) for literal in literals(check)]
    except ValueError:
        return None
    least, most = (None, -1) if negative else (0, None)
    if check.operator in ("=", "==", "in", "!="):
        possible = any(_within(value, least, most) for value in values)
        return None if possible else check.operator == "!="
    return _compared(check.operator, values[0], least, most)


def _within(value: int, least: int | None, most: int | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def _compared(operator: str, value: int, least: int | None, most: int | None) -> bool | None:
    """Whether every number from least to most is so, or none; None: some."""
    holds = {
        "<": (most is not None and most < value, least is not None and least >= value),
        "<=": (most is not None and most <= value, least is not None and least > value),
        ">": (least is not None and least > value, most is not None and most <= value),
        ">=": (least is not None and least >= value, most is not None and most < value),
    }.get(operator)
    if holds is None:
        return None
    every, none = holds
    return True if every else False if none else None
