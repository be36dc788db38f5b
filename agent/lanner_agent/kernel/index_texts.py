# SPDX-License-Identifier: Apache-2.0
"""The names in paths that the kernel has as text (bpf/index/texts.bpf.c): tables of all classes but opens,
whose paths it goes up, as values of maps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lanner_agent.kernel import index_slots
from lanner_agent.kernel.index_slots import CLASS_SHIFT, PLACES, lengths
from lanner_agent.kernel.record_layout import INDEX_TEXT_HEAD, EventClass
from lanner_engine.index.places import PREFIX, SUFFIX
from lanner_engine.index.rows import Row
from lanner_engine.index.tables import ClassTables, Tables


def slots(classes: Tables, number: Callable[[Row], int]) -> Iterator[bytes]:
    """Of all classes together. `number`: of a row."""
    asking = ((_number_of(name) << CLASS_SHIFT, one) for name, one in classes.items() if name != "open")
    return index_slots.packed(asking, number)


def heads(classes: Tables, number: Callable[[Row], int]) -> Iterator[bytes]:
    """By class. One that no rule names asks for nothing."""
    known = {_number_of(name): _head(one, number) for name, one in classes.items()}
    return (known.get(at, bytes(INDEX_TEXT_HEAD.size)) for at in range(len(EventClass)))


def _number_of(event_class: str) -> int:
    return EventClass[event_class.upper()].value


def _head(one: ClassTables, number: Callable[[Row], int]) -> bytes:
    free = [number(one.places[place].free) for place in PLACES]
    prefixes = bytes(lengths(one.places[place].keys, PREFIX) for place in PLACES)
    suffixes = bytes(lengths(one.places[place].keys, SUFFIX) for place in PLACES)
    return INDEX_TEXT_HEAD.pack(*free, prefixes, suffixes)
