# SPDX-License-Identifier: Apache-2.0
"""New rules come into force between two records: those that were made for the old rules, and hold what these
read, are judged by the old ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lanner_agent.app.watch import Watch
from lanner_agent.kernel.errors import KernelError
from lanner_agent.pipeline.generations import NONE
from lanner_agent.pipeline.loop import Loop
from lanner_agent.policy.rule_source import Reloaded
from lanner_agent.publish.alert import Alert
from lanner_engine.codegen.compile import Program
from lanner_engine.index.tables import Tables
from tests.agent.events import plain, rules
from tests.engine.plain_facts import PlainProcess

MARKED = PlainProcess(env=(b"MARK=1",))
BEFORE = rules.text("Old", "evt.type = execve")
AFTER = rules.text("New", "evt.type = execve and not proc.env contains MARK") + rules.text(
    "Marked", "evt.type = execve and proc.env contains MARK"
)
Fields = Mapping[str, frozenset[str]]


@dataclass
class Kernel:
    """Makes an event of a marked process whenever it is told something. Records hold what it was told."""

    fails: bool = False
    told: list[str] = field(default_factory=list)
    waiting: list[plain.Event] = field(default_factory=list)
    held: Fields = field(default_factory=dict)
    early: int = 0
    taken: int = 0
    made: int = 0

    def subscribe_also(self, succeeded: frozenset[str], failed: frozenset[str], fields: Fields) -> None:
        self.made_event()
        self.made_event()
        self.early = self.made
        self.told.append("more")
        self.held = {name: asked | self.held.get(name, frozenset()) for name, asked in fields.items()}
        self.made_event()
        if self.fails:
            raise KernelError("no")

    def subscribe(self, succeeded: frozenset[str], failed: frozenset[str], fields: Fields) -> None:
        self.made_event()
        self.told.append("no more")
        self.held = fields
        self.made_event()

    def made_event(self) -> None:
        self.made += 1
        marked = "proc.env" in self.held.get("execve", frozenset())
        process = MARKED if marked else PlainProcess(env=None)
        self.waiting.append(plain.Event(num=self.made, type="execve", process=process))

    def narrow(self) -> bool:
        return self.taken < self.early

    def wake(self) -> None:
        """Nothing waits for it here."""

    def wait(self, timeout_s: float) -> bool:
        return bool(self.waiting)

    def drain(self) -> list[plain.Event]:
        """One at a time, as a full ring is not taken at once."""
        found, self.waiting = self.waiting[:1], self.waiting[1:]
        self.taken += len(found)
        return found

    def counters(self) -> tuple[()]:
        return ()

    def why_paths_untrusted(self, wanted: frozenset[str]) -> str:
        return ""

    def why_io_uring_unseen(self, wanted: frozenset[str]) -> str:
        return ""


@dataclass
class House:
    """A watch over that kernel, with the old rules in force."""

    kernel: Kernel
    delivered: list[Alert] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    loaded: int = 0
    refused: int = 0
    new: Program = field(default_factory=lambda: rules.compiled(AFTER))

    def __post_init__(self) -> None:
        self.ready: Callable[[], None] = self.switch
        self.old = rules.compiled(BEFORE)
        self.kernel.held = self.old.reads
        ring, nothing = cast("Any", self.kernel), cast("Any", SimpleNamespace())
        loop = Loop(ring, lambda one: one, nothing, self.delivered.append, print)
        loop.switch(self.old)
        nothing.lines = SimpleNamespace()
        self.watch = Watch(ring, cast("Any", loop), self, self.old, nothing, cast("Any", self))
        self.watch.hold_back = self.held_back

    def held_back(self, tables: Tables) -> int:
        self.kernel.made_event()
        return NONE

    def say(self, note: str) -> None:
        self.kernel.told.append(note)

    warn = say

    def take(self) -> Reloaded | None:
        return Reloaded(self.new, "reloaded", {})

    def confirm(self) -> None:
        self.kernel.told.append("confirmed")

    def keep(self, program: Program, why: str) -> None:
        assert program is self.old
        self.kept.append(why)

    def switch(self) -> None:
        reloaded = self.take()
        assert reloaded is not None
        self.watch._switch(reloaded)
        while self.kernel.waiting:
            self.watch.loop.turn()

    def alerts(self) -> list[tuple[str, int]]:
        return [(alert.rule.name, alert.event.num) for alert in self.delivered]


def test_a_record_made_for_the_old_rules_is_judged_by_them() -> None:
    house = House(Kernel())
    house.switch()
    assert house.alerts() == [("Old", 1), ("Old", 2), *(("Marked", number) for number in range(3, 7))]
    assert house.kernel.told == ["more", "no more", "confirmed", "reloaded"]
    assert house.kernel.held == house.new.reads
    assert house.watch.program is house.new


def test_rules_that_the_kernel_refuses_leave_nothing_less() -> None:
    house = House(Kernel(fails=True))
    house.switch()
    assert house.alerts() == [("Old", number) for number in range(1, 6)]
    assert house.kernel.told == ["more", "no more"]
    assert house.kernel.held == house.old.reads
    assert house.watch.program is house.old
    assert len(house.kept) == 1


def test_outputs_send_what_waits_whatever_ends_the_watch() -> None:
    house, closed = House(Kernel()), list[str]()
    house.watch.outputs = cast("Any", SimpleNamespace(close=lambda: closed.append("outputs")))

    def broken(_: object) -> None:
        raise RuntimeError("nobody foresaw it")

    house.watch.loop = cast("Any", SimpleNamespace(run=broken))
    with pytest.raises(RuntimeError, match="foresaw"):
        house.watch.watch()
    assert closed == ["outputs"]
