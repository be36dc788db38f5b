# SPDX-License-Identifier: Apache-2.0
"""The type of an operand: of a field, or of what a transformer makes of its arguments (specification 2.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

from lanner_engine.ast import FieldRef, ListLiteral, Literal, Operand, Transformer
from lanner_engine.fields import table
from lanner_engine.fields.types import TYPES, Kind, Type
from lanner_engine.source import LannerError, Span

MAX_ARGUMENTS = 32  # of a transformer, and elements of a list among them
_Node = FieldRef | Transformer | Literal | ListLiteral

_TEXT = (Kind.STRING, Kind.PATH)
_MEASURED = (*_TEXT, Kind.BYTES)
_STRING = TYPES["CHARBUF"]
_NUMBER = TYPES["UINT64"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A type, and whether values are lists of it. `many` marks an unindexed ancestor field, `ends` a field of
    both ends of a connection or of all names of one; values of these are tuples as well.
    """

    type: Type
    is_list: bool = False
    many: bool = False
    ends: bool = False


class OperandError(LannerError, ValueError):
    """An operand that has no type; `span` marks the text."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.span = span


def shape(operand: Operand | Literal | ListLiteral) -> Shape:
    """The shape of a resolved operand or argument.

    Raises:
        OperandError: a transformer is applied to what it cannot take.
    """
    if isinstance(operand, FieldRef):
        return _of_field(operand.name, operand.argument)
    if isinstance(operand, Literal):
        return Shape(_STRING)
    if isinstance(operand, ListLiteral):
        _bounded(operand.items, "a list", operand.span)
        for item in operand.items:
            _argument(item, "a list")
        return Shape(_STRING, is_list=True)
    return _transformed(operand)


@lru_cache(1024)
def _of_field(name: str, argument: bytes | None) -> Shape:
    ref = FieldRef(name, argument)
    ends = table.FIELDS[name].ends
    return Shape(table.type_of(ref), table.is_list(ref), many=table.is_many(ref), ends=ends)


def fields_of(operand: Operand | Literal | ListLiteral) -> list[FieldRef]:
    """The field references inside, left to right."""
    if isinstance(operand, FieldRef):
        return [operand]
    return [part for part in parts_of(operand) if isinstance(part, FieldRef)]


def parts_of(operand: Operand | Literal | ListLiteral) -> list[Operand]:
    """The field references and transformers inside, left to right, the operand itself last."""
    if isinstance(operand, FieldRef):
        return [operand]
    if isinstance(operand, Literal):
        return []
    if isinstance(operand, ListLiteral):
        return [part for one in operand.items for part in parts_of(one)]
    return [*(part for one in operand.arguments for part in parts_of(one)), operand]


def map_fields(operand: Operand, change: Callable[[FieldRef], FieldRef]) -> Operand:
    """The operand with every field reference inside replaced."""
    return cast(Operand, _mapped(operand, change))


def _mapped(node: _Node, change: Callable[[FieldRef], FieldRef]) -> _Node:
    if isinstance(node, FieldRef):
        return change(node)
    if isinstance(node, Literal):
        return node
    if isinstance(node, ListLiteral):
        items = tuple(_mapped(one, change) for one in node.items)
        return replace(node, items=cast("tuple[Literal, ...]", items))
    return replace(node, arguments=tuple(_mapped(one, change) for one in node.arguments))


def _argument(operand: Operand | Literal | ListLiteral, who: str) -> Shape:
    """The shape of something inside a transformer."""
    if who != "val()" and isinstance(operand, FieldRef) and "X" in table.FIELDS[operand.name].flags:
        raise OperandError(f"field {operand.name} cannot be used in a transformer", operand.span)
    found = shape(operand)
    if found.is_list and who == "a list":
        raise OperandError("lists cannot hold lists", operand.span)
    return found


def _bounded(arguments: tuple[_Node, ...], who: str, span: Span) -> None:
    if len(arguments) > MAX_ARGUMENTS:
        raise OperandError(f"{who} takes {MAX_ARGUMENTS} arguments at most, not {len(arguments)}", span)


def _transformed(operand: Transformer) -> Shape:
    name, arguments = operand.name, operand.arguments
    if operand.selector is not None and name != "getopt":
        raise OperandError(f"{name}() takes no [selector]", operand.span)
    _bounded(arguments, f"{name}()", operand.span)
    inner = [_argument(one, f"{name}()") for one in arguments]
    if name in ("join", "concat", "getopt"):
        return _combined(operand, inner)
    if len(inner) != 1:
        raise OperandError(f"{name}() takes one argument, not {len(inner)}", operand.span)
    return _single(operand, inner[0])


def _single(operand: Transformer, inner: Shape) -> Shape:
    name = operand.name
    if name == "val":
        return inner
    if name == "len" and (inner.is_list or inner.type.kind in _MEASURED):
        return Shape(_NUMBER)
    if name in ("tolower", "toupper") and inner.type.kind in _TEXT:
        return inner
    if name == "basename" and inner.type.kind in _TEXT and not inner.is_list:
        return inner
    if name == "b64" and inner.type.kind in (Kind.STRING, Kind.BYTES) and not inner.is_list:
        return inner
    what = f"list of {inner.type.kind.value}s" if inner.is_list else inner.type.kind.value
    raise OperandError(f"{name}() cannot be applied to a {what}", operand.span)


def _combined(operand: Transformer, inner: list[Shape]) -> Shape:
    name = operand.name
    if name == "concat":
        if len(inner) < 2:  # noqa: PLR2004  at least two, specification 2.6
            raise OperandError(f"concat() takes two or more arguments, not {len(inner)}", operand.span)
        _require(operand, inner, [False] * len(inner))
        return Shape(_STRING)
    if len(inner) != 2:  # noqa: PLR2004  exactly two
        raise OperandError(f"{name}() takes two arguments, not {len(inner)}", operand.span)
    _require(operand, inner, [False, True] if name == "join" else [True, False])
    if name == "join":
        return Shape(_STRING)
    if operand.selector is not None and len(operand.selector) != 1:
        raise OperandError("the selector of getopt() is one character", operand.span)
    return Shape(_STRING, is_list=operand.selector is None)


def _require(operand: Transformer, inner: list[Shape], lists: list[bool]) -> None:
    for position, (found, wants_list) in enumerate(zip(inner, lists, strict=True), start=1):
        if found.is_list != wants_list:
            wanted = "a list" if wants_list else "a string"
            raise OperandError(f"argument {position} of {operand.name}() must be {wanted}", operand.span)
        listed = isinstance(operand.arguments[position - 1], ListLiteral)
        if not listed and found.type.kind not in _TEXT:
            raise OperandError(
                f"argument {position} of {operand.name}() must be text, not a {found.type.kind.value}",
                operand.span,
            )
