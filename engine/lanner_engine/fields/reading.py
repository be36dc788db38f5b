# SPDX-License-Identifier: Apache-2.0
"""Readers: one field of one event, for code that is not generated (output/, reference/).

A resolved FieldRef comes in, a function Event -> value (None when absent) goes out. The expressions compiled
here are the table's own; a rule's argument reaches them as the value of a name, never as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from lanner_engine.ast import FieldRef
from lanner_engine.fields import table, time_text
from lanner_engine.fields.model import Event
from lanner_engine.fields.readers import (
    container_facts,
    descriptor_facts,
    event_facts,
    network_facts,
    path_facts,
    process_facts,
)
from lanner_engine.fields.tables.event_names import SYSTEM_CALLS

Reader = Callable[[Event], object]

# What the holes of an expression stand for, seen from the event.
ROOTS = {
    "e": "e",
    "p": "e.process",
    "q": "e.process.parent",
    "d": "e.fd",
    "c": "e.container",
    "u": "e.user",
}
HOLE = re.compile(r"\{([a-z])\}")

# The names expressions may use.
NAMES: dict[str, object] = {
    "container_facts": container_facts,
    "descriptor_facts": descriptor_facts,
    "event_facts": event_facts,
    "network_facts": network_facts,
    "path_facts": path_facts,
    "process_facts": process_facts,
    "time_text": time_text,
    "SYSTEM_CALLS": SYSTEM_CALLS,
}


@lru_cache(maxsize=4096)
def reader(ref: FieldRef) -> Reader:
    """The function that reads a resolved reference as a condition asks it."""
    return _made(ref, table.code_of(ref))


@lru_cache(maxsize=4096)
def printer(ref: FieldRef) -> Reader:
    """The function that reads it as an output prints it."""
    return _made(ref, table.printed_code_of(ref))


def _made(ref: FieldRef, code: str) -> Reader:
    field = table.FIELDS[ref.name]
    text = HOLE.sub(lambda hole: ROOTS.get(hole[1], hole[1]), code)
    argument = None if ref.argument is None else table.argument_value(field, ref.argument)
    made: Reader = eval(f"lambda e: {text}", {**NAMES, "a": argument})  # noqa: S307  the table's own text
    return made
