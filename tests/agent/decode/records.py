# SPDX-License-Identifier: Apache-2.0
"""Records as the kernel writes them, built from the layout for tests: what a test does not name is zero."""

from __future__ import annotations

import struct
from typing import Any

from lanner_agent.decode.session import Session
from lanner_agent.kernel import layout, tables
from lanner_engine.fields.facts import HOST, Container, User

EXEC, FORK, EXIT, OPEN = "exec_event_facts", "fork_facts", "exit_facts", "open_facts"


class Builder:
    """One record; bytes values of text fields go behind it."""

    def __init__(self, event: str, **head: int) -> None:
        self.data = bytearray(layout.size("record"))
        self.put("head", 0, event=tables.EVENTS.get(event, 0), **head)

    def put(self, name: str, at: int, **values: Any) -> Builder:
        """Write fields of the struct `name` at an offset."""
        known = {field.name: field for field in layout.fields(name)}
        for key, value in values.items():
            field = known[key]
            if field.format == "text":
                struct.pack_into("<HH", self.data, at + field.offset, len(self.data), len(value))
                self.data += value
            else:
                struct.pack_into("<" + field.format, self.data, at + field.offset, value)
        return self

    def process(self, **values: Any) -> Builder:
        return self.put("process_facts", layout.offset("record", "process"), **values)

    def lineage(self, *relatives: dict[str, Any]) -> Builder:
        """Ancestors, which have a level, and creators, the nearest first."""
        at = len(self.data)
        size = layout.size("ancestor_facts")
        self.data += bytes(size * len(relatives))
        struct.pack_into("<HH", self.data, layout.offset("head", "lineage"), at, size * len(relatives))
        for number, values in enumerate(relatives):
            self.put("ancestor_facts", at + number * size, **values)
        return self

    def union(self, name: str, **values: Any) -> Builder:
        return self.put(name, layout.offset("record", "union"), **values)

    def call(self, *arguments: int, **values: Any) -> Builder:
        """The arguments of a call without code of its own, and fields of its facts."""
        at = layout.offset("record", "union")
        for number, argument in enumerate(arguments):
            struct.pack_into("<Q", self.data, at + 8 * number, argument & (1 << 64) - 1)
        return self.put("call_facts", at, **values)

    def name(self, index: int, **values: Any) -> Builder:
        """A path that the call names: raw as given, path where it went, base what it is relative to."""
        at = layout.offset("record", "union") + layout.offset("call_facts", "name")
        return self.put("name_facts", at + index * layout.size("name_facts"), **values)

    def descriptor(self, **values: Any) -> Builder:
        at = layout.offset("record", "union") + layout.offset("call_facts", "descriptor")
        return self.put("descriptor_facts", at, **values)

    def socket(self, **values: Any) -> Builder:
        """Of the call's descriptor."""
        at = layout.offset("record", "union") + layout.offset("call_facts", "descriptor")
        return self.put("socket_facts", at + layout.offset("descriptor_facts", "socket"), **values)

    def bytes(self) -> bytes:
        self.put("head", 0, size=len(self.data))
        return bytes(self.data)


def session(container_id: bytes | None = None, container: Container = HOST) -> Session:
    """Answers that can be told apart; every process belongs to `container_id`."""
    return Session(
        identify=lambda path: container_id,
        container=lambda full_id: container,
        user=lambda inside, pid, uid, loginuid: User(b"user%d" % uid, b"", b"", b"login%d" % loginuid),
        group=lambda inside, pid, gid: b"group%d" % gid,
        hostname=b"node",
    )
