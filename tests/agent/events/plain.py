# SPDX-License-Identifier: Apache-2.0
"""Events as the loop gets them, made of plain objects: the engine's plain facts and a container id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lanner_engine.fields import model
from tests.engine.plain_facts import PlainEvent, PlainProcess

SHELL = PlainProcess(
    comm=b"sh", exe=b"sh", exepath=b"/usr/bin/dash", pid=4242, tty=34816, exe_flags=model.EXE_WRITABLE
)


@dataclass(frozen=True, slots=True)
class Event(PlainEvent):
    """An execve of a shell on the host; tests change what they are about."""

    time: int = 1_700_000_000_123_456_789
    arguments: Mapping[str, bytes] = field(default_factory=lambda: {"flags": b"EXE_WRITABLE"})
    process: PlainProcess = SHELL
    hostname: bytes = b"node1"
    container_id: bytes | None = None
    generation: int = 0
    candidates: int = 0
