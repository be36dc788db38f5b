# SPDX-License-Identifier: Apache-2.0
"""Records as the kernel writes them, built from the layout for tests: what a test does not name is zero."""

from __future__ import annotations

import functools
import re
import struct
import typing
from typing import Any

from lanner_agent.decode.session import Session
from lanner_agent.kernel import record_layout, tables
from lanner_agent.kernel.kept import Kept
from lanner_agent.kernel.record_layout import (
    ANCESTOR_FACTS,
    ARGUMENTS,
    NAME_FACTS,
    PROCESS_NUMBERS,
    TEXT,
    TEXT_KEPT,
    AncestorFacts,
    CallFacts,
    CallFactsAt,
    DescriptorFacts,
    DescriptorFactsAt,
    ExecEventFacts,
    ExitFacts,
    ForkFacts,
    NameFacts,
    OpenFacts,
    ProcessFacts,
    ProcessFactsAt,
    ProcessNumbers,
    Record,
    RecordAt,
    SocketFacts,
    TextRef,
)
from lanner_engine.fields.model import HOST, Container, User
from tests.kernel.answers import Answers

EXEC, FORK, EXIT, OPEN = ExecEventFacts, ForkFacts, ExitFacts, OpenFacts
KEPT = object()  # in place of a text: left out, since user space has it
_UNION = RecordAt.call  # where the others are too
_DESCRIPTOR = _UNION + CallFactsAt.descriptor


class Builder:
    """One record; bytes values of text fields go behind it."""

    def __init__(self, event: str, **head: int) -> None:
        self.data = bytearray(record_layout.RECORD.size)
        self.head(event=tables.EVENTS.get(event, 0), **head)

    def head(self, **values: Any) -> Builder:
        """What stands before the process."""
        return self._put(Record, 0, **values)

    def process(self, **values: Any) -> Builder:
        """Fields of struct process_facts, and of struct process_numbers, which is there if one is named."""
        numbers = {name: values.pop(name) for name in ProcessNumbers._fields if name in values}
        if numbers:
            at = len(self.data)
            self.data += bytes(PROCESS_NUMBERS.size)
            TEXT.pack_into(self.data, RecordAt.process + ProcessFactsAt.numbers, at, PROCESS_NUMBERS.size)
            self._put(ProcessNumbers, at, **numbers)
        return self._put(ProcessFacts, RecordAt.process, **values)

    def lineage(self, *relatives: dict[str, Any]) -> Builder:
        """Ancestors, which have a level, and creators, the nearest first."""
        at = len(self.data)
        size = ANCESTOR_FACTS.size
        self.data += bytes(size * len(relatives))
        TEXT.pack_into(self.data, RecordAt.lineage, at, size * len(relatives))
        for number, values in enumerate(relatives):
            self._put(AncestorFacts, at + number * size, **values)
        return self

    def union(self, kind: type, **values: Any) -> Builder:
        """`kind`: EXEC, FORK, EXIT or OPEN."""
        return self._put(kind, _UNION, **values)

    def call(self, *arguments: int, **values: Any) -> Builder:
        """The arguments of a call without code of its own, and fields of its facts."""
        numbers = zip(range(ARGUMENTS), arguments, strict=False)
        args = {f"args_{number}": argument & (1 << 64) - 1 for number, argument in numbers}
        return self._put(CallFacts, _UNION, **args, **values)

    def name(self, index: int, **values: Any) -> Builder:
        """A path that the call names: raw as given, path where it went, base what it is relative to."""
        return self._put(NameFacts, _UNION + CallFactsAt.name + index * NAME_FACTS.size, **values)

    def descriptor(self, **values: Any) -> Builder:
        return self._put(DescriptorFacts, _DESCRIPTOR, **values)

    def socket(self, **values: Any) -> Builder:
        """Of the call's descriptor."""
        return self._put(SocketFacts, _DESCRIPTOR + DescriptorFactsAt.socket, **values)

    def _put(self, kind: type, at: int, **values: Any) -> Builder:
        """Write fields of the struct at an offset, and no byte beside them."""
        places, types = _places(kind), typing.get_type_hints(kind)
        for name, value in values.items():
            offset, form = places[name]
            if value is KEPT:
                TEXT.pack_into(self.data, at + offset, TEXT_KEPT, 0)
            elif types[name] is TextRef:
                TEXT.pack_into(self.data, at + offset, len(self.data), len(value))
                self.data += value
            else:
                struct.pack_into(form, self.data, at + offset, value)
        return self

    def bytes(self) -> bytes:
        self.head(size=len(self.data))
        return bytes(self.data)


def session(
    container_id: bytes | None = None, container: Container = HOST, kept: Kept | None = None
) -> Session:
    """Answers that can be told apart; every process belongs to `container_id`."""
    return Session(answers(container_id, container), kept=kept or Kept())


def answers(container_id: bytes | None = None, container: Container = HOST) -> Answers:
    """The same for a session of one's own."""
    return Answers(
        identify=lambda path: container_id,
        container=lambda full_id: container,
        user=lambda inside, pid, uid, loginuid: User(b"user%d" % uid, b"", b"", b"login%d" % loginuid),
        group=lambda inside, pid, gid: b"group%d" % gid,
        hostname=b"node",
    )


@functools.cache
def _places(kind: type) -> dict[str, tuple[int, str]]:
    """Where each plain field of a struct is, and its format."""
    compiled: struct.Struct = getattr(record_layout, re.sub(r"\B(?=[A-Z])", "_", kind.__name__).upper())
    forms = [
        form
        for count, code in re.findall(r"(\d*)([a-zA-Z])", compiled.format)
        for form in ([f"<{count}s"] if code == "s" else [f"<{code}"] * int(count or 1))
    ]
    sizes = [struct.calcsize(form) for form in forms]
    fields = [(sum(sizes[:at]), form) for at, form in enumerate(forms) if form != "<x"]
    names: tuple[str, ...] = getattr(kind, "_fields")  # noqa: B009 (of a type that is any struct's)
    return dict(zip(names, fields, strict=True))
