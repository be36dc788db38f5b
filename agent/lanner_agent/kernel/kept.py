# SPDX-License-Identifier: Apache-2.0
"""Strings of execs and cgroups that user space has from earlier records, so that later ones do without them
(bpf/read/kept.h).

    offer        decode: what a process of several events has in its records
    turn         between two batches: what was offered is kept, and the kernel is told
    View.find    decode: the string in whose place a record has TEXT_KEPT

No lost record can spoil this: the kernel leaves out only what it was told is here. What has to make room is
first taken from the kernel, and forgotten when all records that were made before are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Protocol

MAX_KEPT: Final = 4096  # execs and cgroups
MAX_BYTES: Final = 2 << 20  # of strings
MAX_OFFERED: Final = 256  # between two batches
_PARTS: Final = 4
_ALL_BITS: Final = (1 << 64) - 1

Parts = Mapping[int, bytes]  # enum string_part -> the string


class Kernel(Protocol):
    """What the kernel is told and asked."""

    def tell(self, parts: Mapping[int, int]) -> None: ...  # number -> bit n: string part n is here
    def untell(self, numbers: Sequence[int]) -> None: ...
    def fetch(self, number: int, part: int) -> bytes: ...  # its own copy of a string, empty without one
    def marks(self) -> Sequence[int]: ...  # behind all records that were begun until now
    def passed(self, marks: Sequence[int]) -> bool: ...  # whether all of these are read


@dataclass(frozen=True, slots=True)
class View:
    """What records read by now may leave out. It only grows, and is replaced by a smaller one: who holds on
    to it misses nothing.
    """

    strings: dict[int, bytes] = field(default_factory=dict)
    missing: Callable[[int, int], bytes] = lambda number, part: b""

    def find(self, number: int, part: int) -> bytes:
        found = self.strings.get(number * _PARTS + part)
        return self.missing(number, part) if found is None else found


class Kept:
    """Without a kernel nothing is kept. Belongs to the loop's thread."""

    def __init__(self, kernel: Kernel | None = None) -> None:
        self._kernel = kernel
        self.view = View(missing=self._missing)
        self.missed = 0  # strings that a record left out and that were not here
        self._open = False
        self._parts: dict[int, int] = {}  # what the kernel was told, the oldest first
        self._bytes = 0
        self._offered: dict[int, dict[int, bytes]] = {}
        self._leaving: frozenset[int] = frozenset()
        self._marks: Sequence[int] = ()
        self.when_kept: Callable[[Mapping[int, bytes]], None] = lambda _: None  # keys as in View.strings
        self.when_forgotten: Callable[[frozenset[int]], None] = lambda _: None  # numbers

    def open(self) -> None:
        """From now on records have all strings of their processes."""
        self._open = True

    def offer(self, number: int, parts: Parts) -> bool:
        """Strings of an exec, or the path of a cgroup under `of_cgroup` of its id. False: not now."""
        told = self._parts.get(number, 0)
        if self._kernel is None or all(told >> part & 1 for part in parts):
            return True
        if not self._open or number in self._leaving or len(self._offered) >= MAX_OFFERED:
            return False
        self._offered.setdefault(number, {}).update(parts)
        return True

    def turn(self) -> None:
        """To be called when all records that were taken from the rings are decoded."""
        kernel = self._kernel
        if kernel is None:
            return
        if self._leaving:
            if kernel.passed(self._marks):
                self._forget()
        elif self._bytes > MAX_BYTES or len(self._parts) > MAX_KEPT:
            self._leave(kernel)
        if self._offered and not (self._leaving and self._is_over()):
            self._keep(kernel)

    def _is_over(self) -> bool:
        """While some leave, others come; only so many."""
        return self._bytes > 2 * MAX_BYTES or len(self._parts) > 2 * MAX_KEPT

    def _keep(self, kernel: Kernel) -> None:
        offered, self._offered = self._offered, {}
        strings, told = self.view.strings, self._parts
        new = {
            number * _PARTS + part: one for number, parts in offered.items() for part, one in parts.items()
        }
        self._bytes += sum(len(one) - len(strings.get(key, b"")) for key, one in new.items())
        strings.update(new)
        self.when_kept(new)
        for number, parts in offered.items():
            told[number] = told.get(number, 0) | sum(1 << part for part in parts)
        kernel.tell({number: told[number] for number in offered})

    def _leave(self, kernel: Kernel) -> None:
        self._leaving = frozenset(islice(self._parts, len(self._parts) // 4 + 1))
        kernel.untell(tuple(self._leaving))
        for number in self._leaving:
            del self._parts[number]
            self._offered.pop(number, None)  # its records say everything again, and it comes again
        self._marks = kernel.marks()

    def _forget(self) -> None:
        strings = self.view.strings
        leaving, self._leaving = self._leaving, frozenset()
        left = without(strings, leaving)
        self._bytes = sum(map(len, left.values()))
        self.view = View(left, self._missing)
        self.when_forgotten(leaving)

    def _missing(self, number: int, part: int) -> bytes:
        """Must not happen; what the kernel has of it is better than nothing."""
        self.missed += 1
        return b"" if self._kernel is None else self._kernel.fetch(number, part)


def without(strings: Mapping[int, bytes], numbers: frozenset[int]) -> dict[int, bytes]:
    """Those of all other execs and cgroups."""
    return {key: one for key, one in strings.items() if key // _PARTS not in numbers}


def of_cgroup(cgroup: int) -> int:
    """The number of a cgroup among those of execs."""
    return cgroup ^ _ALL_BITS
