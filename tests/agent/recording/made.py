# SPDX-License-Identifier: Apache-2.0
"""Recordings of made-up events, written by the real tap and writer, and replayed by the real loop."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lanner_agent.app import replaying
from lanner_agent.app.replaying import Replayed
from lanner_agent.decode.event import decode
from lanner_agent.decode.session import Session
from lanner_agent.enrich import cgroup, users
from lanner_agent.enrich.accounts import Account, Accounts
from lanner_agent.enrich.answers import Answer
from lanner_agent.kernel.kept import Kept, View, without
from lanner_agent.pipeline.loop import Loop
from lanner_agent.pipeline.metadata import Metadata
from lanner_agent.publish import json_lines
from lanner_agent.publish.alert import Alert
from lanner_agent.recording import layout, starting
from lanner_agent.recording import rules as recorded_rules
from lanner_agent.recording.items import VERSION, Header
from lanner_agent.recording.starting import Node, Recording
from lanner_agent.recording.tap import Lookup, Tap
from lanner_agent.recording.wishes import Limits, Wishes
from lanner_engine.codegen.compile import Program
from lanner_engine.fields.model import Container
from tests.agent.decode import records
from tests.agent.events import rules
from tests.kernel.answers import Answers

MIB = 1 << 20
OUTPUT = "told %evt.num %evt.time %proc.cmdline %fd.name %user.name %group.name %container.name %proc.aenv[1]"
FULL_ID = b"ab" * 32
CGROUP = b"/docker/" + FULL_ID
ACCOUNTS = Accounts({1: Account(b"bob", b"/home/bob", b"/bin/sh")}, {2: b"staff"})
HEADER = Header(
    version=VERSION,
    lanner="0",
    kernel="6",
    machine="x86_64",
    hostname=b"n",
    base=b"",
    began=0,
    layout=layout.own(),
)
RULE = rules.text("Opened", "evt.type = openat and fd.name startswith /etc/", OUTPUT)


def opened(path: bytes, **process: Any) -> bytes:
    """A record of an open, by a process of these facts, which has a parent."""
    facts = {"pid": 7, "tid": 7, "exec": 3, "uid": 1, "gid": 2, "comm": b"cat", "args": b"cat\0", **process}
    made = records.Builder("openat", result=3, time=1_000).process(**facts)
    made.lineage({"pid": 6, "start": 5, "exec": 2, "level": 1, "comm": b"sh"})
    return made.union(records.OPEN, path=path, raw=path).bytes()


def incompressible(number: int) -> list[bytes]:
    """Records of opens that no rule is true of, of more than 3,000 bytes each."""
    draw = random.Random(1)  # noqa: S311  no secrets
    return [opened(b"/tmp/x", args=draw.randbytes(3_000)) for _ in range(number)]


def until(holds: Callable[[], bool]) -> None:
    """Waits for what another thread does."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def identify(path: bytes) -> bytes | None:
    found = cgroup.identify(path)
    return found.full_id if found else None


@dataclass
class Ring:
    """Gives a batch once; `first` is done as it is drained."""

    batch: Sequence[bytes] = ()
    first: Callable[[], None] = lambda: None

    def wait(self, timeout_s: float) -> bool:
        return True

    def wake(self) -> None:
        pass

    def drain(self) -> Sequence[bytes]:
        self.first()
        batch, self.batch = self.batch, ()
        return batch


@dataclass
class Containers:
    """What is known of them, as a test says."""

    known: dict[bytes, Answer] = field(default_factory=dict)
    tell: Callable[[bytes, Answer], None] = lambda full_id, answer: None

    def get(self, full_id: bytes) -> Answer:
        return self.known[full_id]

    def container(self, full_id: bytes) -> Container:
        found = self.known[full_id]
        return found if isinstance(found, Container) else found.container

    def become(self, full_id: bytes, answer: Answer) -> None:
        self.known[full_id] = answer
        self.tell(full_id, answer)


@dataclass
class Watch:
    """A loop whose ring is recorded. `said`: notes; `lines`: its alerts, as JSON."""

    recording: Recording
    ring: Ring
    loop: Loop[bytes]
    session: Session
    containers: Containers
    lines: list[bytes]
    said: list[str]

    @property
    def tap(self) -> Tap:
        return self.recording.tap

    def turn(self, *batch: bytes, first: Callable[[], None] = lambda: None) -> None:
        self.ring.batch, self.ring.first = batch, first
        self.loop.turn()

    def keep(self, strings: Mapping[int, bytes]) -> None:
        """From now on records may leave these out."""
        kept = self.session.kept
        kept.view.strings.update(strings)
        kept.when_kept(strings)

    def forget(self, number: int) -> None:
        """Strings of this exec."""
        kept = self.session.kept
        numbers = frozenset({number})
        kept.view = View(without(kept.view.strings, numbers), kept.view.missing)
        kept.when_forgotten(numbers)


def recording(file: Path, max_bytes: int = MIB, files: int = 2) -> Wishes:
    return Wishes(Limits(file, max_bytes, files), None)


@contextmanager
def watched(wanted: Wishes, program: Program | None = None, kept: Kept | None = None) -> Iterator[Watch]:
    """The recording is ended in order."""
    program = rules.compiled(RULE)
    containers = Containers()
    answers = Answers(
        identify=identify,
        container=containers.container,
        user=lambda inside, pid, uid, loginuid: users.account_of(ACCOUNTS, uid, loginuid),
        group=lambda inside, pid, gid: users.group_of(ACCOUNTS, gid),
        environment=lambda pid, start: (b"PID=%d" % pid,),
        hostname=b"node",
    )
    session = Session(answers, kept=Kept())
    ring, lines, said = Ring(), list[bytes](), list[str]()
    recording = starting.start(wanted, ring, Node(b"node", b"", session.began), said.append)
    tap = recording.tap
    tap.follow(session, answers)
    session.lookups = Lookup(answers, tap)
    for container in (None, FULL_ID):
        tap.accounts_read(container, ACCOUNTS)
    containers.tell = tap.container_answered

    def deliver(alert: Alert) -> None:
        lines.append(json_lines.line(alert.snapshot))
        if alert.rule.name in recording.rules:
            tap.alerted(alert.rule.name, alert.event.time)

    metadata = Metadata(containers, said.append)
    loop = Loop(tap, lambda record: decode(record, session), metadata, deliver, said.append)
    loop.switch(program)
    tap.rules(recorded_rules.of(program, True))
    yield Watch(recording, ring, loop, session, containers, lines, said)
    tap.close({})


@dataclass
class Outcome:
    """What a replay printed and said."""

    lines: list[bytes]
    said: list[str]
    replayed: Replayed

    @property
    def alerts(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.lines]


def replayed(*paths: Path, program: Program | None = None) -> Outcome:
    lines, said = list[bytes](), list[str]()

    def deliver(alert: Alert) -> None:
        lines.append(json_lines.line(alert.snapshot))

    found = replaying.run(paths, program or rules.compiled(RULE), deliver, said.append)
    return Outcome(lines, said, found)
