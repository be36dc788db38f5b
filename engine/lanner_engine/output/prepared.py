# SPDX-License-Identifier: Apache-2.0
"""A template made ready for many events: what the table says of a field is looked up once, and a field is
read once for the message and for the alert's values. It says what Template.render and Template.values say.
"""

from __future__ import annotations

from dataclasses import dataclass

from lanner_engine.ast import FieldRef
from lanner_engine.fields import form, table
from lanner_engine.fields.model import Event
from lanner_engine.fields.reading import Reader, printer
from lanner_engine.output import template
from lanner_engine.output.template import ABSENT, Template, Token


@dataclass(frozen=True, slots=True)
class _Field:
    """A token that is a field and no more. `is_plain`: bytes and numbers are printed as they are."""

    name: str
    ref: FieldRef
    width: int | None
    read: Reader
    is_plain: bool


class Prepared:
    """Of one template."""

    def __init__(self, source: Template) -> None:
        self._steps = tuple(map(_step, source.parts))
        self._extra = source.extra

    def told(self, event: Event) -> tuple[bytes, dict[str, object]]:
        """The message, and the value of every field of the output by its canonical text."""
        pieces: list[bytes] = []
        values: dict[str, object] = {}
        said: dict[str, bytes] = {}  # what stands there many times is read once
        for step in self._steps:
            if isinstance(step, bytes):
                pieces.append(step)
            elif isinstance(step, _Field):
                if step.name not in said:
                    said[step.name], values[step.name] = _read(step, event)
                text = said[step.name]
                pieces.append(text if step.width is None else text[: step.width].ljust(step.width))
            else:
                pieces.append(template.rendered(step, event))
                values.update((name, template.typed_value(one, event)) for name, one in step.named)
        values.update((name, template.extra_value(one, event)) for name, one in self._extra.items())
        return template.joined(pieces), values


def _step(part: bytes | Token) -> bytes | Token | _Field:
    if isinstance(part, bytes) or not isinstance(part.operand, FieldRef):
        return part
    ref = part.operand
    if table.FIELDS[ref.name].ends or ref.name in template.TIMES:
        return part
    ((name, _),) = part.named
    return _Field(name, ref, part.width, printer(ref), form.is_plain(ref))


def _read(step: _Field, event: Event) -> tuple[bytes, object]:
    """As text, and as the alert has it."""
    got = step.read(event)
    if got is None:
        return ABSENT, None
    if step.is_plain:
        if type(got) is bytes:
            return got, got
        if type(got) is int:
            return b"%d" % got, got
    return form.printed(step.ref, got), form.typed(step.ref, got)
