# SPDX-License-Identifier: Apache-2.0
"""Numbers: what must hold of the numbers that the kernel has at hand when a call ends, as a conjunction of
tests. Here they are joined and met.

A number is kept as its sixteen bytes, so that sets of them are those of names. Each question stands once in a
conjunction; what asks nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, auto
from typing import Final

from lanner_engine.index import names
from lanner_engine.index.names import Names

MAX_TESTS: Final = 4  # of one conjunction
_BYTES: Final = 16
_WHOLE: Final = (1 << 64) - 1


class Source(IntEnum):
    """Where the kernel finds a number: enum number_source of bpf/wire/index.h, by the same names."""

    ARGUMENT_0 = auto()
    ARGUMENT_1 = auto()
    ARGUMENT_2 = auto()
    ARGUMENT_3 = auto()
    ARGUMENT_4 = auto()
    ARGUMENT_5 = auto()
    RESULT = auto()
    OPEN_MODE = auto()  # 0 of an open that cannot create a file
    MADE_FLAGS = auto()  # with which a process or thread was made
    SOCKET_FAMILY = auto()  # AF_*, or NO_SOCKET
    SOCKET_PROTOCOL = auto()  # IPPROTO_*, or one of the two below
    LOCAL_PORT = auto()
    REMOTE_PORT = auto()
    LOCAL_ADDRESS = auto()  # as IPv6 has it
    REMOTE_ADDRESS = auto()
    UNIX_NAME = auto()  # of the peer its last eight bytes, and IS_UNIX; of what is no unix socket 0
    LOCAL_NET = auto()  # the address with its halves exchanged, so that a mask is one of IPv4
    REMOTE_NET = auto()


NO_SOCKET: Final = 0xFFFF
RAW_PROTOCOL: Final = 0x10000
NO_PROTOCOL: Final = 0x10001
IS_UNIX: Final = 1 << 64
# In place of the pid of the process that watches, which is known where the tables become the kernel's. Asked
# under a mask of its own, so that no other number contradicts it.
WATCHER: Final = 2 << 64
WATCHER_MASK: Final = 0x7FFF_FFFF


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """Which number it is under the mask; with `bits`, whether any bit of the mask is set: 1 or 0."""

    source: Source
    mask: int = _WHOLE
    bits: bool = False


Numbers = tuple[tuple[Question, Names], ...]  # sorted
ANYTHING: Final[Numbers] = ()
NONE, SOME = (number.to_bytes(_BYTES, "little") for number in (0, 1))


def test(question: Question, listed: Iterable[int], *, others: bool) -> Numbers:
    """The number is listed; with `others`, it is not."""
    found = Names(frozenset(number.to_bytes(_BYTES, "little") for number in listed), others)
    return ANYTHING if found == names.ANY else ((question, found),)


def some_bit(source: Source, mask: int, *, negated: bool = False) -> Numbers:
    """A bit of the mask is set, or none is."""
    if not mask:
        return ANYTHING if negated else IMPOSSIBLE
    return ((Question(source, mask, True), Names(frozenset({NONE if negated else SOME}), False)),)


IMPOSSIBLE: Final[Numbers] = ((Question(Source.RESULT), Names(frozenset(), False)),)


def possible(tests: Numbers) -> bool:
    return all(values.possible for _, values in tests)


def asked(tests: Numbers, question: Question) -> Names:
    """What a conjunction says of one question."""
    return next((values for one, values in tests if one == question), names.ANY)


def as_number(value: bytes) -> int:
    return int.from_bytes(value, "little")


def shape(tests: Numbers) -> object:
    """Equal for conjunctions of which one that holds whenever either does is as narrow as both."""
    return tuple(_kind(one) for one in tests)


def conjunction(found: Iterable[Numbers]) -> Numbers:
    """What holds when all do. Of many tests those that fewest numbers satisfy are left; the family of a
    socket goes first.
    """
    by_question: dict[Question, list[Names]] = {}
    for tests in found:
        for question, values in tests:
            by_question.setdefault(question, []).append(values)
    met = [(question, names.every_one(values)) for question, values in by_question.items()]
    family = Source.SOCKET_FAMILY
    met.sort(key=lambda one: (one[1].others, one[0].source is family, len(one[1].listed), one[0]))
    return tuple(sorted(met[:MAX_TESTS], key=lambda one: one[0]))


def disjunction(found: Iterable[Numbers]) -> Numbers:
    """What holds whenever one of them does: the questions that all ask."""
    each = list(dict.fromkeys(found))
    if len(each) == 1:
        return each[0]
    joined = {}
    for kind in dict.fromkeys(_kind(one) for one in each[0]):
        together = [[one for one in tests if _kind(one) == kind] for tests in each]
        if all(together):
            question, values = _joined([tests[0] for tests in together])
            if values != names.ANY and question.mask:
                joined[question] = values
    return tuple(sorted(joined.items(), key=lambda one: one[0]))


_Test = tuple[Question, Names]


def _kind(one: _Test) -> object:
    """Tests of one kind are joined: of bits those that ask for some or for none, whatever the mask is."""
    question, values = one
    return (question.source, values) if question.bits else question


def _joined(tests: Sequence[_Test]) -> _Test:
    question, values = tests[0]
    if not question.bits:
        return question, names.any_one(values for _, values in tests)
    mask = question.mask
    for other, _ in tests[1:]:
        mask = mask | other.mask if SOME in values.listed else mask & other.mask
    return Question(question.source, mask, True), values
