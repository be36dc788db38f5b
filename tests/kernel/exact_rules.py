# SPDX-License-Identifier: Apache-2.0
"""An event that was seen becomes rules: one that wants exactly it, and others that just miss it, each in one
field, by the last character or by one.

Only what is the same when the deed is done again is asked: no numbers of processes, no descriptors. Fields
of one group say the same thing twice, so a near miss has of its group only the field that misses: else the
engine would see that the rule can never be true, and the kernel would not be asked.
"""

from __future__ import annotations

import ipaddress
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lanner_agent.decode.event import Event
from lanner_engine.ast import And, Check, Expr, FieldRef, Literal
from lanner_engine.fields import operands
from lanner_engine.fields.reading import reader
from lanner_engine.fields.types import MAX_LITERAL, Kind
from lanner_engine.output.template import Template
from lanner_engine.passes.event_types import event_types
from lanner_engine.passes.normalise import normalise
from lanner_engine.passes.order import order
from lanner_engine.program.rule import CheckedRule, Priority
from tests.kernel import exact_fields
from tests.kernel.exact_fields import Asked

MAX_NUMBERS: Final = 4  # of an event, which take turns: the index asks no more of one rule


@dataclass(frozen=True, slots=True)
class Miss:
    """A rule that would want events of one shape, were it not for the value of one field. `may_be_decided`:
    of one of these events the index knows it.
    """

    asked: Asked
    value: bytes
    rule: CheckedRule
    may_be_decided: bool

    @property
    def field(self) -> str:
        return self.asked.name

    def is_decided(self, event: Event) -> bool:
        """By the index, of this event: of another one of the same shape it may know less."""
        return exact_fields.is_known(self.asked, event, self.value)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one event became."""

    exact: CheckedRule
    misses: tuple[Miss, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """A check that holds, and how it is missed."""

    asked: Asked
    value: bytes
    check: Check
    miss: Check
    decided: bool


def of_event(event: Event, turn: str) -> Wanted:
    """`turn` says which of many numbers are asked."""
    parts = _some(tuple(_parts(event)), turn)
    kind = Check(FieldRef("evt.type"), "=", Literal(event.type.encode()))
    checks: list[Expr] = [kind, *(part.check for part in parts)]
    return Wanted(rule(And(tuple(checks))), tuple(_missed(kind, parts)))


def rule(condition: Expr) -> CheckedRule:
    """From a tree, since an event may hold what no text of a rules file can."""
    final = order(normalise(condition))
    return CheckedRule(
        name="exact",
        description="",
        priority=Priority.NOTICE,
        tags=(),
        source="syscall",
        condition=final,
        event_types=event_types(final),
        output=Template("x", (b"x",)),
        needs_metadata=False,
    )


def _missed(kind: Check, parts: Sequence[_Part]) -> Iterator[Miss]:
    for part in parts:
        others = (one.check for one in parts if one is not part and one.asked.group != part.asked.group)
        missing = rule(And((kind, *others, part.miss)))
        yield Miss(part.asked, part.value, missing, part.decided)


def _some(parts: Sequence[_Part], turn: str) -> Sequence[_Part]:
    numbers = [part for part in parts if part.asked.number]
    first = zlib.crc32(turn.encode()) % len(numbers) if numbers else 0
    chosen = (numbers[first:] + numbers[:first])[:MAX_NUMBERS]
    return [part for part in parts if not part.asked.number or part in chosen]


def _parts(event: Event) -> Iterator[_Part]:
    for asked in exact_fields.of(event):
        value = None if exact_fields.of_the_moment(asked, event) else _text(asked.ref, event)
        if value is not None and _steady(value, event):
            missed = _miss(asked, value)
            if missed is not None:
                check = Check(asked.ref, "=", Literal(value))
                yield _Part(asked, value, check, missed, exact_fields.is_known(asked, event, value))


def _steady(value: bytes, event: Event) -> bool:
    """Whether a rule can have it, and the next process that does the same."""
    return len(value) < MAX_LITERAL and b"\0" not in value and b"%d" % event.process.pid not in value


def _text(ref: FieldRef, event: Event) -> bytes | None:
    """As a rule writes the value that the event has."""
    value = reader(ref)(event)
    if operands.shape(ref).type.kind is Kind.ADDRESS and isinstance(value, bytes):
        return str(ipaddress.ip_address(value)).encode()
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, int):
        return b"%d" % value
    return value if isinstance(value, bytes) else None


def _miss(asked: Asked, value: bytes) -> Check | None:
    """A check that fails on the value; None: there is none that is near."""
    if asked.by_not:
        return Check(asked.ref, "!=", Literal(value))
    near = _near(operands.shape(asked.ref).type.kind, value, path=asked.path)
    return None if near is None else Check(asked.ref, "=", Literal(near))


def _near(kind: Kind, value: bytes, *, path: bool) -> bytes | None:
    if kind is Kind.BOOL:
        return b"false" if value == b"true" else b"true"
    if kind is Kind.ADDRESS:
        return str(ipaddress.ip_address(value.decode()) + 1).encode()
    if kind in (Kind.INTEGER, Kind.IDENTITY):
        return b"%d" % (int(value) - 1 if int(value) < 0 else int(value) + 1)
    return changed(value, exact_fields.last_compared(value) if path else len(value) - 1)


def changed(value: bytes, at: int) -> bytes | None:
    """Another byte there, which is neither a slash nor NUL."""
    if not 0 <= at < len(value) or value[at] == ord("/"):
        return None
    other = value[at] ^ 1
    other = other if other not in b"\0/" else value[at] ^ 2
    return value[:at] + bytes([other]) + value[at + 1 :]
