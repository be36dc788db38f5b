# SPDX-License-Identifier: Apache-2.0
"""Of what records are made: structs, flags and numbers of events, as a recording's header has them.

A recording is read where all that decode reads lies where this version expects it. Events may have other
numbers: they are known by name. An event whose arguments were recorded by another row is left out, for its
record holds other things in the same places.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from lanner_agent.kernel import calls, record_layout, tables

# What decode/ reads of kernel/record_layout; a test compares them.
STRUCTS: Final = (
    *("Text", "Record", "ProcessFacts", "ProcessNumbers", "AncestorFacts", "NameFacts", "CallFacts"),
    *("OpenFacts", "ExecEventFacts", "ForkFacts", "ExitFacts", "SocketFacts", "DescriptorFacts"),
    *("UsageFacts", "MoreFacts", "OpenDescriptor"),
)
ENUMS: Final = ("RecordFlag", "FileFlag", "ExeFlag", "ScriptFlag", "StringPart", "Leader")
NUMBERS: Final = ("TEXT_KEPT", "ARGUMENTS", "ANONYMOUS_NAME", "COMM_LEN", "SCRIPT_SHIFT", "LEADERS")

_MOST: Final = 4096  # entries of each, in a file that may say anything


class Struct(BaseModel):
    """`form`: of Python's struct; `fields`: offsets."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    form: str = Field(max_length=200)
    fields: Mapping[str, int] = Field(max_length=_MOST)


class Layout(BaseModel):
    """`events`: name -> number; `calls`: name -> a digest of what is read of the call's arguments."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    structs: Mapping[str, Struct] = Field(max_length=_MOST)
    enums: Mapping[str, Mapping[str, int]] = Field(max_length=_MOST)
    numbers: Mapping[str, int] = Field(max_length=_MOST)
    events: Mapping[str, int] = Field(max_length=_MOST)
    calls: Mapping[str, str] = Field(max_length=_MOST)


def own() -> Layout:
    """This version's."""
    return Layout(
        structs={name: _struct(name) for name in STRUCTS},
        enums={name: _members(getattr(record_layout, name)) for name in ENUMS},
        numbers={name: getattr(record_layout, name) for name in NUMBERS},
        events=tables.EVENTS,
        calls={name: _digest(row) for name, row in calls.CALLS.items()},
    )


def _struct(name: str) -> Struct:
    at = getattr(record_layout, f"{name}At")
    offsets = {field: one for field, one in vars(at).items() if type(one) is int}
    upper = "".join(f"_{one}" if one.isupper() else one.upper() for one in name).lstrip("_")
    return Struct(form=getattr(record_layout, upper).format, fields=offsets)


def _members(one: type[enum.IntEnum]) -> dict[str, int]:
    return {member.name: member.value for member in one}


def _digest(row: calls.Call) -> str:
    return hashlib.sha256(repr(row).encode()).hexdigest()[:8]


def differences(found: Layout, wanted: Layout) -> Iterator[str]:
    """Why records of the first cannot be read as those of the second, in words."""
    for name, struct in wanted.structs.items():
        before = found.structs.get(name, Struct(form="", fields={}))
        if before.form != struct.form:
            yield f"{name} is laid out as {before.form or 'nothing'} there and as {struct.form} here"
        for field, offset in struct.fields.items():
            there = before.fields.get(field, "no place")
            if there != offset:
                yield f"{name}.{field} is at {there} there and at {offset} here"
    for group, members in wanted.enums.items():
        known = found.enums.get(group, {})
        others = (one for one, number in members.items() if known.get(one, number) != number)
        yield from (f"{group}.{one} is another number" for one in others)
    for name, number in wanted.numbers.items():
        if found.numbers.get(name) != number:
            yield f"{name} is {found.numbers.get(name, 'nothing')} there and {number} here"


def renumbered(found: Layout, wanted: Layout) -> Mapping[int, int | None]:
    """Number of an event there -> the number here, None for those that cannot be read here. Only where they
    differ.
    """
    by_number = {number: name for name, number in found.events.items()}
    here = {number: _number(name, found, wanted) for number, name in by_number.items()}
    return {number: one for number, one in here.items() if one != number}


def _number(name: str, found: Layout, wanted: Layout) -> int | None:
    return wanted.events.get(name) if found.calls.get(name) == wanted.calls.get(name) else None
