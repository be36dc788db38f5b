# SPDX-License-Identifier: Apache-2.0
"""agent/lanner_agent/kernel/record_layout.py, written from the BTF of the object.

`struct shared_layout` of bpf/layout.bpf.c names what is shared; the structs inside its structs belong to it.

    struct open_facts    class OpenFacts      its plain fields, a tuple with C's names in C's order
                         class OpenFactsAt    the offset of every field, structs inside among them
                         OPEN_FACTS           a struct.Struct that unpacks OpenFacts; its size is sizeof
    enum file_flag       class FileFlag       FILE_CREATED is FileFlag.CREATED
    ... EVENTS = 256     EVENTS               an enumerator without the enum's prefix is a number by itself
    enum constant        ANCESTORS            the macros of C
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.agent.record_layout.btf import ARRAY, ENUM, INT, STRUCT, Type, Types

HEAD = '''\
# SPDX-License-Identifier: Apache-2.0
"""What bpf/ and user space share: structs, enums, numbers. Made from the object by `make layout`; not to be
edited.

    class OpenFacts      the plain fields of struct open_facts; a struct inside is passed over, an array of
                         numbers is a field for each
    class OpenFactsAt    the offset of every field
    OPEN_FACTS           unpacks an OpenFacts; its size is sizeof(struct open_facts)
    class FileFlag       enum file_flag: FileFlag.CREATED is FILE_CREATED
"""

from __future__ import annotations

import enum
import struct
from typing import Final, NamedTuple, NewType

# A struct text as one number: length << 16 | at. (What bpf/ calls a text in a register is at << 16 | length.)
TextRef = NewType("TextRef", int)
'''
ROOT = "shared_layout"
CONSTANTS = "constant"
TEXT = "text"
NUMBERS = {1: "B", 2: "H", 4: "I", 8: "Q"}
BYTES = ("char", "unsigned char")  # arrays of them are bytes; one of `signed char` is small numbers
# What a class of Python means already: C's name with a _ behind it.
TAKEN = frozenset({*dir(tuple), "bytes", "int"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a struct; `codes` is its format for `struct`, empty for a struct inside."""

    name: str
    offset: int
    codes: tuple[str, ...]
    annotation: str
    size: int

    @property
    def names(self) -> tuple[str, ...]:
        """In the tuple."""
        if len(self.codes) <= 1:
            return (self.name,) * len(self.codes)
        return tuple(f"{self.name}_{index}" for index in range(len(self.codes)))


def written(types: Types) -> str:
    """The whole file."""
    shared = [types.plain(member.type) for member in types.members(types.named(STRUCT, ROOT))]
    enums = [one for one in shared if one.kind == ENUM]
    structs = {one.name: one for top in shared for one in _inside(types, top) if one.kind == STRUCT}
    numbers = [f"{name}: Final = {value}" for one in enums for name, value in _numbers(one)]
    parts = [
        HEAD + "\n" + "\n".join(numbers),
        *(_enum(one) for one in enums if one.name != CONSTANTS),
        *(_struct(one, _fields(types, one)) for one in structs.values()),
    ]
    return "\n\n\n".join(parts) + "\n"


def _inside(types: Types, outer: Type) -> Iterator[Type]:
    """The structs that a struct is made of, and then the struct itself."""
    if outer.kind == ARRAY:
        yield from _inside(types, types.plain(outer.array[0]))
        return
    for member in types.members(outer):
        yield from _inside(types, types.plain(member.type))
    yield outer


def _numbers(one: Type) -> Iterator[tuple[str, int]]:
    """What an enum holds besides its own enumerators, all of `enum constant`."""
    prefix = _prefix(one)
    for name, value in one.values.items():
        if one.name == CONSTANTS or not name.startswith(prefix):
            yield name.removeprefix(prefix), value


def _prefix(one: Type) -> str:
    return next(iter(one.values)).partition("_")[0] + "_"


def _enum(one: Type) -> str:
    prefix = _prefix(one)
    own = {name: value for name, value in one.values.items() if name.startswith(prefix)}
    rows = [f"    {name.removeprefix(prefix)} = {value}" for name, value in own.items()]
    return "\n".join([f"class {_camel(one.name)}(enum.IntEnum):", f'    """enum {one.name}."""', "", *rows])


def _struct(one: Type, fields: list[Field]) -> str:
    name = _camel(one.name)
    rows = [f"    {_free(row)}: {field.annotation}" for field in fields for row in field.names]
    offsets = [f"    {_free(field.name)}: Final = {field.offset}" for field in fields]
    parts = [
        [f"class {name}(NamedTuple):", f'    """struct {one.name}."""', "", *rows],
        [f"class {name}At:", f'    """Offsets of struct {one.name}."""', "", *offsets],
        [f'{one.name.upper()}: Final = struct.Struct("{_format(fields, one.size)}")'],
    ]
    return "\n\n\n".join("\n".join(part) for part in parts)


def _fields(types: Types, one: Type) -> list[Field]:
    return [_field(types, member.name, member.type, member.offset) for member in types.members(one)]


def _field(types: Types, name: str, number: int, offset: int) -> Field:
    found = types.plain(number)
    count = 1
    if found.kind == ARRAY:
        number, count = found.array
        found = types.plain(number)
        if found.name in BYTES:
            return Field(name, offset, (f"{count}s",), "bytes", count)
    if found.kind == STRUCT:
        text = found.name == TEXT
        return Field(name, offset, ("I",) * text, "TextRef" if text else "", found.size * count)
    assert found.kind == INT, f"{name}: a field of a kind that no record holds"
    code = NUMBERS[found.size].lower() if found.signed else NUMBERS[found.size]
    return Field(name, offset, (code,) * count, "int", found.size * count)


def _format(fields: Iterable[Field], size: int) -> str:
    """Little-endian, with every byte between plain fields passed over. A member of a union is no plain field:
    the record's are structs.
    """
    codes: list[str] = []
    end = 0
    for field in fields:
        if field.codes:
            codes += ["x"] * (field.offset - end) + [*field.codes]
            end = field.offset + field.size
    codes += ["x"] * (size - end)
    runs = ((code, len([*run])) for code, run in itertools.groupby(codes))
    return "<" + "".join(code * many if "s" in code or many == 1 else f"{many}{code}" for code, many in runs)


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _free(name: str) -> str:
    return name + "_" * (name in TAKEN)
