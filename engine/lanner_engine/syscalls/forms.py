# SPDX-License-Identifier: Apache-2.0
"""How an argument that is a number is written as text (specification 3.3, evt.arg.X)."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field

from lanner_engine.syscalls import commands, flags
from lanner_engine.syscalls.commands import Commands
from lanner_engine.syscalls.flag_names import Names, named


@dataclass(frozen=True, slots=True)
class Plain:
    """The number itself. `sign`: the bit that makes a decimal one negative; 0: none does."""

    form: bytes = b"%d"
    sign: int = 0

    def text(self, value: int) -> bytes:
        return self.form % ((value ^ self.sign) - self.sign if self.form == b"%d" else value)

    def number(self, shown: int) -> int | None:
        """What a decimal number says; None: no value is written so."""
        if not self.sign:
            return shown
        return shown % (2 * self.sign) if -self.sign <= shown < self.sign else None


@dataclass(frozen=True, slots=True)
class Bits:
    """The names of its bits; of the `query`, which is no set of bits, the number."""

    names: Names
    query: int | None = None

    def text(self, value: int) -> bytes:
        return b"%d" % value if value == self.query else named(value, self.names)


@dataclass(frozen=True, slots=True)
class Named:
    """The name of the number, or itself."""

    names: Commands = field(hash=False)

    def text(self, value: int) -> bytes:
        return self.names.get(value, b"%d" % value)


@dataclass(frozen=True, slots=True)
class Node:
    """The names of the bits of a mode, then the kind of file."""

    def text(self, value: int) -> bytes:
        bits, kind = stat.S_IMODE(value), commands.NODES.get(stat.S_IFMT(value))
        if kind is None:
            return named(bits, flags.MODE)
        return named(bits, flags.MODE) + b"|" + kind if bits else kind


Form = Plain | Bits | Named | Node
