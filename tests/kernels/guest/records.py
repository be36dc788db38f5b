# SPDX-License-Identifier: Apache-2.0
"""What is shared by the guest's scripts that load the probes: reading records, and a line for the host."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator

from lanner_agent.decode.event import Event, decode
from lanner_agent.decode.session import Session
from lanner_agent.enrich import cgroup, node_cgroup
from lanner_agent.kernel.probes import Probes
from lanner_engine.fields import model
from tests.kernel.answers import Answers

QUIET_S = 1.0
NOBODY = model.User(b"<NA>", b"<NA>", b"<NA>", b"<NA>")
SESSION = Session(
    Answers(user=lambda container, pid, uid, loginuid: NOBODY, group=lambda container, pid, gid: b"<NA>")
)


def say(kind: str, **said: object) -> None:
    """One line for the host."""
    print(kind, text(said), flush=True)


def say_unit(event: Event) -> None:
    """`UNIT {...}`, of a program that has the path of its cgroup as an argument: what was recorded of it."""
    found = cgroup.identify(event.cgroup, node_cgroup.cgroup())
    container = found and dataclasses.asdict(found)
    say("UNIT", placed=event.process.args[0], cgroup=event.cgroup, container=container)


def text(said: object) -> str:
    """As JSON; bytes as the characters of the same numbers."""
    return json.dumps(said, default=lambda value: value.decode("latin-1"))


def of(kernel: Probes) -> Iterator[Event]:
    """Everything the ring holds until it has been quiet for QUIET_S."""
    end = time.monotonic() + QUIET_S
    while time.monotonic() < end:
        for record in kernel.drain():
            end = time.monotonic() + QUIET_S
            yield decode(record, SESSION)
        kernel.wait(0.1)
