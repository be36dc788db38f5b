# SPDX-License-Identifier: Apache-2.0
"""A template: literal text and tokens, rendered for one event.

Nothing is escaped here: values are the event's bytes (specification 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lanner_engine.ast import FieldRef, ListLiteral, Literal, Operand, Transformer
from lanner_engine.fields import operands, table
from lanner_engine.fields.form import as_text, printed, typed
from lanner_engine.fields.model import Event
from lanner_engine.fields.reading import printer
from lanner_engine.fields.transformed import transformed
from lanner_engine.parser.printer import print_operand

ABSENT = b"<NA>"
MAX_MESSAGE = 1 << 16  # bytes; every output has every value whole in the fields of the alert
# In JSON these are the event's time itself (specification 5.4).
TIMES = ("evt.time", "evt.time.s", "evt.time.iso8601", "evt.datetime", "evt.datetime.s")


@dataclass(frozen=True, slots=True)
class Token:
    """`%20proc.name`: a resolved operand, a width that pads or cuts, and what of the operand has a key in the
    fields of the alert, by its canonical text, itself last.
    """

    operand: Operand
    width: int | None
    named: tuple[tuple[str, Operand], ...]

    def refs(self) -> list[FieldRef]:
        """The fields it reads."""
        return operands.fields_of(self.operand)


def token_of(operand: Operand, width: int | None) -> Token:
    """The token of a resolved operand."""
    named = {_canonical(part): part for part in _keyed(operand)}  # each once
    return Token(operand, width, tuple(named.items()))


def _keyed(operand: Operand) -> list[Operand]:
    """Its fields and transformers, as Falco names them: a transformer stands for the one that it is put
    around, or that is its last argument.
    """
    keyed: list[Operand] = []
    for part in operands.parts_of(operand):
        if isinstance(part, Transformer) and keyed and isinstance(keyed[-1], Transformer):
            keyed.pop()
        keyed.append(part)
    return keyed


def _canonical(operand: Operand) -> str:
    return print_operand(operands.map_fields(operand, lambda ref: FieldRef(table.spelling(ref))))


@dataclass(frozen=True, slots=True)
class Template:
    """`text` is the output with suggested fields appended; `parts` what it means. `extra` are fields of the
    alert that are not in its message: tokens have the type of their value, templates are text.
    """

    text: str
    parts: tuple[bytes | Token, ...]
    extra: Mapping[str, Template | Token] = field(default_factory=dict, hash=False)

    def render(self, event: Event) -> bytes:
        """The message; an absent field prints <NA>. Bytes of the event, unescaped."""
        return joined(part if isinstance(part, bytes) else rendered(part, event) for part in self.parts)

    def refs(self) -> list[FieldRef]:
        """The fields it reads."""
        tokens = [part for part in self.parts if isinstance(part, Token)]
        return [ref for one in (*tokens, *self.extra.values()) for ref in one.refs()]

    @property
    def names(self) -> frozenset[str]:
        """The keys of `values`."""
        tokens = (part for part in self.parts if isinstance(part, Token))
        return frozenset({name for token in tokens for name, _ in token.named} | self.extra.keys())

    def values(self, event: Event) -> dict[str, object]:
        """Every field of the output by canonical text: int, float, bool, text, a tuple of these, or None
        when absent.
        """
        found: dict[str, object] = {}
        for part in self.parts:
            if isinstance(part, Token):
                for name, operand in part.named:
                    found[name] = typed_value(operand, event)
        for name, one in self.extra.items():
            found[name] = extra_value(one, event)
        return found


def joined(pieces: Iterable[bytes]) -> bytes:
    """A message; of what is too long the pieces that fit. None is cut: half of an address does not look like
    one with a password, which is hidden later.
    """
    kept: list[bytes] = []
    room = MAX_MESSAGE
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            kept.append("…".encode())
            break
        kept.append(piece)
    return b"".join(kept)


def rendered(token: Token, event: Event) -> bytes:
    """A token in the message."""
    got = value(token.operand, event)
    text = ABSENT if got is None else printed(token.operand, got)
    return text if token.width is None else text[: token.width].ljust(token.width)


def extra_value(one: Template | Token, event: Event) -> object:
    """Of a field that is not in the message."""
    return typed_value(one.operand, event) if isinstance(one, Token) else one.render(event)


def typed_value(operand: Operand, event: Event) -> object:
    """The value as the alert has it."""
    if isinstance(operand, FieldRef) and operand.name in TIMES:
        return event.time
    return typed(operand, value(operand, event))


def value(operand: Operand | Literal | ListLiteral, event: Event) -> object:
    """The value of an operand, None when it is absent."""
    if isinstance(operand, FieldRef):
        return _field_value(operand, event)
    if isinstance(operand, Literal):
        return operand.value
    inner = operand.items if isinstance(operand, ListLiteral) else operand.arguments
    values = [value(one, event) for one in inner]
    if None in values:
        return None
    if isinstance(operand, ListLiteral):
        return tuple(map(as_text, operand.items, values))
    return transformed(operand, values)


def _field_value(ref: FieldRef, event: Event) -> object:
    """All names of an address are one text."""
    found = printer(ref)(event)
    return b",".join(found) if isinstance(found, tuple) and table.FIELDS[ref.name].ends else found
