# SPDX-License-Identifier: Apache-2.0
"""Sets of flags as text: the names of bits, joined by `|` (specification 3.3, evt.arg.X)."""

from __future__ import annotations

Names = tuple[tuple[int, bytes], ...]  # in the order in which they are printed


def named(bits: int, names: Names) -> bytes:
    """The names of the bits joined by `|`; unknown bits are dropped, without any name it is the number. A
    name for no bit at all stands alone.
    """
    found: list[bytes] = []
    rest = bits
    for bit, name in names:
        if rest & bit == bit and (bit or not bits):
            found.append(name)
            rest &= ~bit
    return b"|".join(found) or b"%d" % bits
