# SPDX-License-Identifier: Apache-2.0
"""Places: what must hold for single names of a path, so that a check of the whole path can be true.

A path of the language has names between slashes; the kernel has them one by one, the last first. A check of
a path, of a part of it or of the kind of file comes in; tests of names at places come out, of which one holds
whenever the check is true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

from lanner_engine.ast import Check, FieldRef
from lanner_engine.index.names import values

KEY_BYTES: Final = 8  # of a name, that the kernel compares
MAX_TESTS: Final = 12  # of one check or condition; beyond that they are widened
EXACT, PREFIX, SUFFIX = range(3)

_ONE_OF: Final = frozenset({"=", "==", "in", "intersects"})
_NOT_PLAIN: Final = re.compile(rb"[*?\[\\]")
_DOTS: Final = b".."
_MEMFD: Final = (b"m", b"memfd")


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A name is `text` (EXACT), begins (PREFIX) or ends with it (SUFFIX). `executable`: one in the path of
    the executable, which the kernel tells from the other texts of an exec.
    """

    kind: int
    text: bytes
    executable: bool = False


Keys = frozenset[Key]


@dataclass(frozen=True, slots=True)
class PathTest:
    """A name that satisfies one of the keys at each place; None: any name. `top` is the first name of the
    path, `some` any of them. An empty exact parent is that of a path with one name. `dots`: the path as given
    holds two dots in a row.
    """

    last: Keys | None = None
    parent: Keys | None = None
    top: Keys | None = None
    some: Keys | None = None
    dots: bool = False


Tests = tuple[PathTest, ...]  # one of them holds
Test = Callable[[str, bytes], PathTest]  # of an operator and a value
PLACES: Final = tuple(one.name for one in fields(PathTest) if one.name != "dots")
ANYTHING: Final = PathTest()
ROOT: Final = Key(EXACT, b"")


def asks_path(check: Check) -> bool:
    """Whether a check can say anything of names."""
    return isinstance(check.left, FieldRef) and check.left.name in _TESTS


def conjunction(alternatives: Iterable[Tests]) -> Tests:
    """Tests of which one holds whenever one of each of the alternatives does."""
    found: Tests = (ANYTHING,)
    for tests in dict.fromkeys(alternatives):
        if tests != (ANYTHING,):
            found = _merged([_both(one, other) for one in found for other in tests])
    return found


def disjunction(alternatives: Iterable[Tests]) -> Tests:
    """Tests of which one holds whenever one of any of the alternatives does."""
    return _merged([test for tests in alternatives for test in tests])


def _both(one: PathTest, other: PathTest) -> PathTest:
    """Where both ask, the one that fewer names satisfy."""
    return PathTest(
        _fewer(one.last, other.last),
        _fewer(one.parent, other.parent),
        _fewer(one.top, other.top),
        _fewer(one.some, other.some),
        one.dots or other.dots,
    )


def _fewer(one: Keys | None, other: Keys | None) -> Keys | None:
    if one is None or other is None:
        return other if one is None else one
    return one if len(one) <= len(other) else other


def _merged(found: Sequence[PathTest]) -> Tests:
    """Those that ask at the same places as one; of too many all; anything at all as the only one."""
    if len(found) == 1:
        return (found[0],)
    shapes: dict[int, list[PathTest]] = {}
    for test in dict.fromkeys(found):
        shapes.setdefault(_shape(test), []).append(test)
    if _shape(ANYTHING) in shapes:
        return (ANYTHING,)
    tests = tuple(map(widest, shapes.values()))
    return tests if len(tests) <= MAX_TESTS else (widest(tests),)


def _shape(test: PathTest) -> int:
    last, parent = test.last is not None, test.parent is not None
    return last | parent << 1 | (test.top is not None) << 2 | (test.some is not None) << 3 | test.dots << 4


def widest(tests: Sequence[PathTest]) -> PathTest:
    """What holds when one of them does."""
    if len(tests) == 1:
        return tests[0]
    return PathTest(
        _together([test.last for test in tests]),
        _together([test.parent for test in tests]),
        _together([test.top for test in tests]),
        _together([test.some for test in tests]),
        all(test.dots for test in tests),
    )


def _together(keys: Sequence[Keys | None]) -> Keys | None:
    asked = [one for one in keys if one is not None]
    return frozenset[Key]().union(*asked) if len(asked) == len(keys) else None


def of_check(check: Check) -> Tests:
    """Tests of which one holds whenever a check that asks_path does."""
    assert isinstance(check.left, FieldRef)  # noqa: S101  asks_path
    found = of_values(check, _TESTS[check.left.name])
    if check.left.name == "fd.directory" and check.operator in _ONE_OF:
        # Of a directory that is opened as one it is the path itself; of / nothing is asked anyway.
        found = _merged([*found, *(_whole(value) for value in values(check) if value != b"/")])
    return found


def of_values(check: Check, test: Test) -> Tests:
    """The same where this says what must hold for one of the values."""
    listed = values(check)
    if not listed or check.modifier not in (None, "anyof", "oneof"):
        return (ANYTHING,)
    return _merged([test(check.operator, value) for value in listed])


def of_executable(tests: Tests) -> Tests:
    """The same of the path of the executable alone."""
    own = _keys_of_executable
    return tuple(
        PathTest(own(test.last), own(test.parent), own(test.top), own(test.some), test.dots) for test in tests
    )


def _keys_of_executable(keys: Keys | None) -> Keys | None:
    return None if keys is None else frozenset(replace(key, executable=True) for key in keys)


def _name(operator: str, value: bytes) -> PathTest:
    """fd.name: the whole path."""
    if operator in _ONE_OF:
        return _whole(value)
    asked = _OF_NAME.get(operator)
    return ANYTHING if asked is None else asked(value)


def as_text(operator: str, value: bytes) -> PathTest:
    """A path that was not cleaned: one that ends in a slash has an empty last name."""
    if operator not in _ONE_OF or value[:1] != b"/" or value[-1:] != b"/":
        return _name(operator, value)
    names = value[1:].split(b"/")[:-1]
    if not all(names):
        return ANYTHING
    parent = names[-1] if names else b""
    return PathTest(_one(EXACT, b""), _one(EXACT, parent), _one(EXACT, names[0]) if names else None)


def _below(value: bytes) -> PathTest:
    """The path itself, and every path in it."""
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


def _kind(operator: str, value: bytes) -> PathTest:
    """fd.type and fd.typechar: a memfd is in no tree, so the kernel lets it through; with it goes what
    bears such a name in the root.
    """
    if operator not in _ONE_OF or value not in _MEMFD:
        return ANYTHING
    return PathTest(last=_one(PREFIX, b"memfd:"), parent=frozenset({ROOT}))


_TESTS: Final[dict[str, Test]] = {
    "fd.name": _name,
    "fd.directory": _directory,
    "fd.filename": _filename,
    "fd.nameraw": _raw,
    "fs.path.name": _name,  # of an open that worked it is what was opened
    "fs.path.nameraw": _raw,
    "fd.type": _kind,
    "fd.typechar": _kind,
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
    """The first name, and of those behind it the longest that the value holds whole, or what it begins."""
    top, slash, below = value[1:].partition(b"/")
    if value[:1] != b"/" or not top:
        return ANYTHING
    *whole, rest = below.split(b"/")
    deeper = max(whole, key=len, default=b"")
    some = _one(EXACT, deeper) if deeper else _one(PREFIX, rest) if rest else None
    return PathTest(top=_one(EXACT if slash else PREFIX, top), some=some)


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
    return _both(_both(_inside(inside), found), end)


_OF_NAME: Final[dict[str, Callable[[bytes], PathTest]]] = {
    "startswith": _beginning,
    "endswith": _end,
    "contains": _inside,
    "glob": _pattern,
    "pmatch": _below,
}
