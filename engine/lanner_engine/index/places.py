# SPDX-License-Identifier: Apache-2.0
"""Places: what must hold for single names of a path, so that a check of the whole path can be true.

A path of the language has names between slashes; the kernel has them one by one, the last first. A check of
fd.name, fd.directory, fd.filename or fd.nameraw comes in; tests of names at places come out, of which one
holds whenever the check is true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

from lanner_engine.ast import And, Check, Expr, FieldRef, ListLiteral, Literal
from lanner_engine.passes.traverse import collapse

KEY_BYTES: Final = 8  # of a name, that the kernel compares
MOST_TESTS: Final = 12  # of one check or condition; beyond that they are widened
EXACT, PREFIX, SUFFIX = range(3)

_ONE_OF: Final = frozenset({"=", "==", "in", "intersects"})
_NOT_PLAIN: Final = re.compile(rb"[*?\[\\]")
_DOTS: Final = b".."


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A name is `text` (EXACT), begins (PREFIX) or ends with it (SUFFIX)."""

    kind: int
    text: bytes


Keys = frozenset[Key]


@dataclass(frozen=True, slots=True)
class PathTest:
    """A name that satisfies one of the keys at each place; None: whatever it is. `top` is the first name of
    the path, `some` any of them. An empty exact parent is that of a path with one name. `dots`: the path as
    given holds two dots in a row.
    """

    last: Keys | None = None
    parent: Keys | None = None
    top: Keys | None = None
    some: Keys | None = None
    dots: bool = False


PLACES: Final = tuple(one.name for one in fields(PathTest) if one.name != "dots")
ANYTHING: Final = PathTest()
ROOT: Final = Key(EXACT, b"")


def asks_path(leaf: Expr) -> bool:
    """Whether a check can say anything of names."""
    return isinstance(leaf, Check) and isinstance(leaf.left, FieldRef) and leaf.left.name in _TESTS


def tests(condition: Expr) -> tuple[PathTest, ...]:
    """Tests of which one holds whenever the condition, of checks that ask_path and and/or, does."""
    return collapse(condition, _visit)


def _visit(node: Expr, below: list[tuple[PathTest, ...]]) -> tuple[PathTest, ...]:
    if isinstance(node, Check):
        return _merged(_of_check(node))
    if isinstance(node, And):
        return _conjunction(below)
    return _merged(test for part in below for test in part)


def _conjunction(parts: Sequence[tuple[PathTest, ...]]) -> tuple[PathTest, ...]:
    found: tuple[PathTest, ...] = (ANYTHING,)
    for part in parts:
        found = _merged(_both(one, other) for one in found for other in part)
    return found


def _both(one: PathTest, other: PathTest) -> PathTest:
    """Where both ask, the one that fewer names satisfy."""
    kept = {
        place: min(
            (keys for keys in (getattr(one, place), getattr(other, place)) if keys is not None),
            key=len,
            default=None,
        )
        for place in PLACES
    }
    return PathTest(**kept, dots=one.dots or other.dots)


def _merged(found: Iterable[PathTest]) -> tuple[PathTest, ...]:
    """Those that ask at the same places as one; anything at all as the only one."""
    shapes: dict[tuple[bool, ...], PathTest] = {}
    for test in found:
        if test == ANYTHING:
            return (ANYTHING,)
        shape = (*(getattr(test, place) is not None for place in PLACES), test.dots)
        shapes[shape] = either(shapes[shape], test) if shape in shapes else test
    return tuple(shapes.values())


def either(one: PathTest, other: PathTest) -> PathTest:
    """What holds when one of the two does."""
    kept = {}
    for place in PLACES:
        first, second = getattr(one, place), getattr(other, place)
        kept[place] = None if first is None or second is None else first | second
    return PathTest(**kept, dots=one.dots and other.dots)


def _of_check(check: Check) -> Iterator[PathTest]:
    assert isinstance(check.left, FieldRef)  # noqa: S101  asks_path
    test = _TESTS[check.left.name]
    values = _values(check)
    if not values or check.modifier not in (None, "anyof", "oneof"):
        yield ANYTHING
        return
    for value in values:
        yield test(check.operator, value)
        if check.left.name == "fd.directory" and check.operator in _ONE_OF and value != b"/":
            yield _whole(value)  # of a directory that is opened as one; the root has no names that are asked


def _values(check: Check) -> tuple[bytes, ...]:
    items = check.right.items if isinstance(check.right, ListLiteral) else (check.right,)
    found = tuple(item.value for item in items if isinstance(item, Literal))
    return found if len(found) == len(items) else ()


def _name(operator: str, value: bytes) -> PathTest:
    """fd.name: the whole path."""
    if operator in _ONE_OF:
        return _whole(value)
    asked = _OF_NAME.get(operator)
    return ANYTHING if asked is None else asked(value)


def _below(value: bytes) -> PathTest:
    """The path itself, and whatever is in it."""
    return ANYTHING if _NOT_PLAIN.search(value) else _beginning(value.rstrip(b"/") + b"/")


def _directory(operator: str, value: bytes) -> PathTest:
    """fd.directory: the path up to the last slash, / for a path of one name."""
    if operator == "startswith":
        return _beginning(value)
    if operator not in _ONE_OF:
        return ANYTHING
    if value == b"/":
        return PathTest(parent=_one(EXACT, b""))
    names = _names(value)
    return PathTest(parent=_one(EXACT, names[-1]), top=_one(EXACT, names[0])) if names else ANYTHING


def _filename(operator: str, value: bytes) -> PathTest:
    """fd.filename: behind the last slash."""
    if b"/" in value or not value:
        return ANYTHING
    kinds = {**dict.fromkeys(_ONE_OF, EXACT), "startswith": PREFIX, "endswith": SUFFIX}
    if operator not in kinds:
        return ANYTHING
    return PathTest(last=_one(kinds[operator], value))


def _raw(operator: str, value: bytes) -> PathTest:
    """fd.nameraw: as given."""
    plain = operator in _ONE_OF or operator in ("startswith", "endswith", "contains", "glob")
    brackets = operator == "glob" and re.search(rb"[\[\\]", value)
    return PathTest(dots=True) if plain and _DOTS in value and not brackets else ANYTHING


_TESTS: Final[dict[str, Callable[[str, bytes], PathTest]]] = {
    "fd.name": _name,
    "fd.directory": _directory,
    "fd.filename": _filename,
    "fd.nameraw": _raw,
}


def _one(kind: int, text: bytes) -> Keys:
    """A beginning or end is compared as far as the kernel does."""
    if kind == PREFIX:
        text = text[:KEY_BYTES]
    elif kind == SUFFIX:
        text = text[-KEY_BYTES:]
    return frozenset({Key(kind, text)})


def _names(path: bytes) -> list[bytes]:
    """Those of an absolute path; none where it is not plainly one: a pipe's name, a doubled slash."""
    names = path.split(b"/")[1:]
    return names if path[:1] == b"/" and all(names) else []


def _whole(value: bytes) -> PathTest:
    names = _names(value)
    if not names:
        return ANYTHING
    parent = names[-2] if names[1:] else b""
    return PathTest(_one(EXACT, names[-1]), _one(EXACT, parent), _one(EXACT, names[0]))


def _beginning(value: bytes) -> PathTest:
    top, slash, _ = value[1:].partition(b"/")
    if value[:1] != b"/" or not top:
        return ANYTHING
    return PathTest(top=_one(EXACT if slash else PREFIX, top))


def _end(value: bytes) -> PathTest:
    before, slash, last = value.rpartition(b"/")
    if not last:
        return ANYTHING
    if not slash:
        return PathTest(last=_one(SUFFIX, last))
    _, slash, parent = before.rpartition(b"/")
    above = _one(EXACT if slash else SUFFIX, parent) if parent else None
    return PathTest(last=_one(EXACT, last), parent=above)


def _inside(value: bytes) -> PathTest:
    """The longest name that the value holds whole; else the beginning or end of one."""
    before, slash, after = value.partition(b"/")
    *whole, rest = after.split(b"/")
    name = max(whole, key=len, default=b"")
    if name:
        return PathTest(some=_one(EXACT, name))
    if not slash or whole or not (before or rest):
        return ANYTHING
    return PathTest(some=_one(PREFIX, rest) if rest else _one(SUFFIX, before))


def _pattern(value: bytes) -> PathTest:
    """A glob: its plain beginning and end; a star stands for slashes too."""
    first = _NOT_PLAIN.search(value)
    if first is None:
        return _whole(value)
    found = _beginning(value[: first.start()])
    if re.search(rb"[\[\]\\]", value):
        return found
    end = _end(re.split(rb"[*?]", value)[-1])
    inside = max((part for part in re.split(rb"[*?]", value)[1:-1]), key=len, default=b"")
    middle = _inside(inside) if inside else ANYTHING
    return replace(_both(found, end), some=middle.some)


_OF_NAME: Final[dict[str, Callable[[bytes], PathTest]]] = {
    "startswith": _beginning,
    "endswith": _end,
    "contains": _inside,
    "glob": _pattern,
    "pmatch": _below,
}
