# SPDX-License-Identifier: Apache-2.0
"""Access: how generated code reads a value once and keeps it in a local for all rules of the function.

While code is emitted in evaluation order, `sure` says which locals certainly hold a value at this point;
others are read where they are first needed. A local that may or may not hold one already is set to UNSET at
the start of the function and asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from lanner_engine.ast import FieldRef, ListLiteral, Literal, Operand, Transformer
from lanner_engine.codegen.constants import Constants
from lanner_engine.fields import operands, table
from lanner_engine.fields.reading import HOLE, ROOTS
from lanner_engine.fields.types import Kind

Key = str | FieldRef | Transformer
Known = set[Key]

_PARENT_OF_ROOT = {"q": "{p}.parent"}


@dataclass(frozen=True, slots=True)
class Text:
    """`first` reads the value (and keeps it), `again` is its name afterwards; `total`: never None."""

    first: str
    again: str
    total: bool = False


class Locals:
    """The locals of one generated function."""

    def __init__(self, constants: Constants) -> None:
        self._constants = constants
        self._names: dict[Key, str] = {}
        self._emitted: set[Key] = set()
        self.unset: set[str] = set()  # names to set to UNSET at the start

    def read(self, operand: Operand, sure: Known) -> Text:
        """How to read an operand here; adds what is certain afterwards to `sure`."""
        if isinstance(operand, Transformer) and operand.name == "val":
            inner = operand.arguments[0]
            assert isinstance(inner, FieldRef)  # noqa: S101  the grammar of val()
            return self.read(inner, sure)
        plain = isinstance(operand, FieldRef) and operand.argument is None
        total = plain and table.FIELDS[operand.name].total
        return Text(self._keep(operand, sure), self._name(operand), total)

    def container(self, sure: Known) -> str:
        """How to read the event's container here."""
        return self._keep("c", sure)

    def _name(self, key: Key) -> str:
        if key == "e":
            return "e"
        return self._names.setdefault(key, f"v{len(self._names)}")

    def _keep(self, key: Key, sure: Known) -> str:
        name = self._name(key)
        if key in sure or key == "e":
            return name
        if key in self._emitted:
            self.unset.add(name)
            code = self._code(key, set(sure))
            sure.add(key)
            return f"({name} if {name} is not UNSET else ({name} := {code}))"
        code = self._code(key, sure)
        self._emitted.add(key)
        sure.add(key)
        return f"({name} := {code})"

    def _code(self, key: Key, sure: Known) -> str:
        if isinstance(key, Transformer):
            return self._transformer(key, sure)
        if isinstance(key, FieldRef):
            return self._fill(table.code_of(key), sure, key)
        return self._fill(_PARENT_OF_ROOT[key], sure) if key in _PARENT_OF_ROOT else ROOTS[key]

    def _fill(self, code: str, sure: Known, ref: FieldRef | None = None) -> str:
        """Fill the holes. The first one is always evaluated; what another one reads may be skipped at run
        time.
        """
        first: str | None = None
        parts: list[str] = []
        end = 0
        for hole in HOLE.finditer(code):
            parts.append(code[end : hole.start()])
            end = hole.end()
            letter = hole[1]
            if letter == "a" and ref is not None and ref.argument is not None:
                field = table.FIELDS[ref.name]
                parts.append(self._constants.add(table.argument_value(field, ref.argument)))
                continue
            first = first or letter
            parts.append(self._keep(letter, sure if letter == first else set(sure)))
        return "".join((*parts, code[end:]))

    def _transformer(self, node: Transformer, sure: Known) -> str:
        tests: list[str] = []
        known = sure
        texts: list[str] = []
        for argument in node.arguments:
            texts.append(self._argument(argument, tests, known))
            if tests:
                known = set(sure)  # a later argument is read only when the earlier ones are present
        call = f"TRANSFORM.{_function(node)}({', '.join(texts)}{self._selector(node)})"
        return f"None if {' or '.join(tests)} else {call}" if tests else call

    def _argument(self, node: Operand | Literal | ListLiteral, tests: list[str], sure: Known) -> str:
        if isinstance(node, Literal):
            return self._constants.add(node.value)
        if isinstance(node, ListLiteral):
            known = sure
            items: list[str] = []
            for item in node.items:
                text = self._argument(item, tests, known)
                items.append(
                    text if isinstance(item, Literal) else f"TEXT({self._constants.add(item)}, {text})"
                )
                known = set(sure) if tests else known
            return f"({''.join(item + ', ' for item in items)})"
        value = self.read(node, sure)
        tests.append(f"{value.first} is None")
        return value.again

    def _selector(self, node: Transformer) -> str:
        return "" if node.selector is None else f", {self._constants.add(node.selector)}"


def _function(node: Transformer) -> str:
    """The name in fields/transformers."""
    if node.name == "getopt" and node.selector is not None:
        return "getopt_selected"
    if node.name == "b64" and operands.shape(node).type.kind is not Kind.BYTES:
        return "b64_text"
    return "length" if node.name == "len" else node.name
