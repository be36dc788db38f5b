# SPDX-License-Identifier: Apache-2.0
"""The types in the .BTF section of an ELF object (Documentation/bpf/btf.rst): numbers, structs, enums.

In: the bytes of a little-endian 64-bit object. Out: types by number, as they refer to each other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT = range(1, 12)
FUNC, FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64 = range(12, 20)
ALIASES = {TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG}
# Bytes behind the 12 of a type: fixed, and for each of its members.
FIXED = {INT: 4, ARRAY: 12, VAR: 4, DECL_TAG: 4}
EACH = {STRUCT: 12, UNION: 12, ENUM: 8, FUNC_PROTO: 8, DATASEC: 12, ENUM64: 12}
SIGNED = 1 << 24  # of an INT's encoding


@dataclass(frozen=True, slots=True)
class Member:
    """One field; `type` is a number of Types.types."""

    name: str
    type: int
    offset: int  # bytes


@dataclass(frozen=True, slots=True)
class Type:
    """One type; `size` is a number of another type where the kind refers to one."""

    kind: int
    name: str
    size: int
    members: tuple[Member, ...] = ()
    values: dict[str, int] = field(default_factory=dict)
    array: tuple[int, int] = (0, 0)  # type of the elements, how many
    signed: bool = False


class Types:
    """Every type of an object."""

    def __init__(self, elf: bytes) -> None:
        section = _section(elf, b".BTF")
        magic, _, _, header, types_at, types_size, strings_at, strings_size = struct.unpack_from(
            "<HBBIIIII", section
        )
        assert magic == 0xEB9F
        self._strings = section[header + strings_at : header + strings_at + strings_size]
        self.types = [Type(0, "void", 0)]
        self.types += self._parse(section[header + types_at : header + types_at + types_size])

    def named(self, kind: int, name: str) -> Type:
        """The one type of that kind and name."""
        (found,) = (one for one in self.types if one.kind == kind and one.name == name)
        return found

    def plain(self, number: int) -> Type:
        """The type behind typedefs and qualifiers."""
        found = self.types[number]
        return self.plain(found.size) if found.kind in ALIASES else found

    def members(self, outer: Type) -> Iterator[Member]:
        """The fields of a struct; those of an unnamed struct or union inside are its own."""
        for member in outer.members:
            if member.name:
                yield member
            else:
                for inner in self.members(self.plain(member.type)):
                    yield Member(inner.name, inner.type, member.offset + inner.offset)

    def _text(self, at: int) -> str:
        return self._strings[at : self._strings.index(b"\0", at)].decode()

    def _parse(self, data: bytes) -> Iterator[Type]:
        at = 0
        while at < len(data):
            name, info, size = struct.unpack_from("<III", data, at)
            kind, count = info >> 24 & 0x1F, info & 0xFFFF
            length = FIXED.get(kind, 0) + EACH.get(kind, 0) * count
            behind = data[at + 12 : at + 12 + length]
            at += 12 + length
            yield self._type(kind, self._text(name), size, behind, bitfields=bool(info >> 31))

    def _type(self, kind: int, name: str, size: int, behind: bytes, *, bitfields: bool) -> Type:
        if kind == INT:
            (encoding,) = struct.unpack("<I", behind)
            return Type(kind, name, size, signed=bool(encoding & SIGNED))
        if kind in (STRUCT, UNION):
            mask = 0xFFFFFF if bitfields else 0xFFFFFFFF
            rows = struct.iter_unpack("<III", behind)
            members = tuple(Member(self._text(n), t, (offset & mask) // 8) for n, t, offset in rows)
            return Type(kind, name, size, members)
        if kind == ENUM:
            values = {self._text(n): value for n, value in struct.iter_unpack("<Ii", behind)}
            return Type(kind, name, size, values=values)
        if kind == ARRAY:
            element, _, count = struct.unpack("<III", behind)
            return Type(kind, name, size, array=(element, count))
        return Type(kind, name, size)


def _section(elf: bytes, wanted: bytes) -> bytes:
    (headers_at,) = struct.unpack_from("<Q", elf, 0x28)
    entry, count, names_index = struct.unpack_from("<HHH", elf, 0x3A)

    def header(index: int) -> tuple[int, int, int]:
        at = headers_at + index * entry
        (name,) = struct.unpack_from("<I", elf, at)
        offset, size = struct.unpack_from("<QQ", elf, at + 0x18)
        return name, offset, size

    _, names_at, _ = header(names_index)
    for index in range(count):
        name, offset, size = header(index)
        start = names_at + name
        if elf[start : elf.index(b"\0", start)] == wanted:
            return elf[offset : offset + size]
    raise LookupError(f"no section {wanted.decode()}")
