# SPDX-License-Identifier: Apache-2.0
"""The kernel's side of kept strings, as far as it matters to those who read records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Told:
    """What it was told, what it is asked, and rings of which a test says how far they are read."""

    def __init__(self) -> None:
        self.parts: dict[int, int] = {}  # number -> bits, as in the kernel's map
        self.calls = 0  # that told it something
        self.own: dict[tuple[int, int], bytes] = {}  # its own copies
        self.written = self.read = 0  # records

    def tell(self, parts: Mapping[int, int]) -> None:
        self.calls += 1
        self.parts.update(parts)

    def untell(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self.parts.pop(number, None)

    def fetch(self, number: int, part: int) -> bytes:
        return self.own.get((number, part), b"")

    def marks(self) -> Sequence[int]:
        return (self.written,)

    def passed(self, marks: Sequence[int]) -> bool:
        return self.read >= marks[0]
