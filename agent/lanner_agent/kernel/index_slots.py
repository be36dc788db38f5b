# SPDX-License-Identifier: Apache-2.0
"""Slots of the index: where the kernel looks for a name in a path, or for its beginning or end. Names that
fall together share the rows of all of them.

In: rows by place and key, of one class or several; out: a map's values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from lanner_agent.kernel.record_layout import INDEX_SLOT, INDEX_SLOTS, EventClass, PathPlace
from lanner_engine.index.places import EXACT, KEY_BYTES, PREFIX, SUFFIX, Key
from lanner_engine.index.rows import Row
from lanner_engine.index.tables import ClassTables

PLACES: Final = {one.name.lower(): one.value for one in PathPlace if one != PathPlace.PLACES}
_WORD: Final = (1 << 64) - 1
_HASH: Final = {EXACT: 0x9E3779B97F4A7C15, PREFIX: 0xC2B2AE3D27D4EB4F, SUFFIX: 0x165667B19E3779F9}
CLASS_SHIFT: Final = 40  # of what tells names in the texts of one class from those of another
_EXECUTABLE: Final = len(EventClass) << CLASS_SHIFT
_HASH_SHIFT: Final = 64 - (INDEX_SLOTS - 1).bit_length()


def packed(classes: Iterable[tuple[int, ClassTables]], number: Callable[[Row], int]) -> Iterator[bytes]:
    """Of classes, each with what is mixed into its keys; `number`: of a row."""
    found: dict[int, list[Row]] = {}
    for mixed_in, one in classes:
        for place, at in PLACES.items():
            for key, row in one.places[place].keys.items():
                found.setdefault(slot(key, mixed_in), [0] * len(PLACES))[at] |= row
    values = {at: INDEX_SLOT.pack(*(number(row) if row else 0 for row in rows)) for at, rows in found.items()}
    nothing = bytes(INDEX_SLOT.size)
    return iter([values.get(at, nothing) for at in range(INDEX_SLOTS)])


def slot(key: Key, mixed_in: int = 0) -> int:
    """Where the kernel looks: bpf/index/asked.bpf.c, key__row(), and texts.bpf.c, texts__add_key()."""
    text = int.from_bytes(key.text[:KEY_BYTES], "little")
    mixed = (text ^ (len(key.text) << 56)) & _WORD ^ (_EXECUTABLE if key.executable else mixed_in)
    return (mixed * _HASH[key.kind] & _WORD) >> _HASH_SHIFT


def lengths(keys: Mapping[Key, Row], kind: int) -> int:
    """Bit n: some key of the kind has n + 1 bytes."""
    return sum(1 << (length - 1) for length in {len(key.text) for key in keys if key.kind == kind})
