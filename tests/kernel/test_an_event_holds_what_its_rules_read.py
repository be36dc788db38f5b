# SPDX-License-Identifier: Apache-2.0
"""What the rules on one event read of processes is in the records of that event, and in no others. While
rules are replaced, records hold what those before and those to come read.
"""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lanner_agent.decode import texts
from lanner_agent.decode.event import Event, decode, fixed
from lanner_agent.kernel import reads
from lanner_agent.publish import text as alert_text
from lanner_agent.publish.alert import Alert
from lanner_engine.codegen.compile import Program
from lanner_engine.fields import model
from tests.agent.events import rules
from tests.kernel import environment
from tests.kernel.conftest import ALL, ASKED, Watch, in_child, on_all

pytestmark = pytest.mark.each_kernel

OPENED = "/etc/hostname"
VARIABLE = b"LANNER_MARK=open"
# Each alone makes a record of kill hold something, and the others' not.
FIELDS: dict[str, Callable[[model.Event], object]] = {
    "proc.cwd": lambda event: event.process.cwd,
    "proc.env": lambda event: event.process.env,
    "proc.sname": lambda event: event.process.session_leader,
    "proc.stdin.type": lambda event: event.process.standard(0),
    "proc.vmsize": lambda event: event.process.usage,
    "fd.types": lambda event: event.process.descriptor_kinds,
    "thread.cgroups": lambda event: event.process.cgroups,
    "proc.pname": lambda event: event.process.parent,
}
TOO = {"proc.sname": {"proc.pname"}}  # any ancestor may be the leader


@contextmanager
def wanting(watch: Watch, program: Program) -> Iterator[None]:
    """What these rules read is recorded meanwhile."""
    watch.probes.subscribe(program.succeeding, program.failing, program.reads)
    try:
        yield
    finally:
        watch.probes.subscribe(ALL, ALL, ASKED)


def deeds() -> None:
    """An open and a connect of a process with this variable."""
    os.environ["LANNER_MARK"] = "open"
    if os.fork() == 0:
        os.execv("/usr/bin/python3", ["python3", "-I", "-S", "-c", PROGRAM])  # noqa: S606
    os.wait()


PROGRAM = f"""
import socket
open({OPENED!r}).close()
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.connect(("127.0.0.1", 9))
"""
RULES = (
    rules.text(
        "Open",
        f"evt.type in (open, openat) and fd.name = {OPENED} and proc.env contains LANNER_MARK",
        "o %proc.aname[2] %proc.env[LANNER_MARK] %proc.name",
    ),
    rules.text("Connect", "evt.type = connect and fd.sport = 9", "c %proc.name %evt.args"),
)


def alerts(program: Program, events: list[Event]) -> list[str]:
    """The texts of the alerts, without times and the ports that the kernel chose."""
    found = [Alert(rule, event) for event in events for rule in program.match(event)]
    return [re.sub(r":\d{5}", "", alert_text.message(one.snapshot).split(": ", 1)[1]) for one in found]


def of_both(watch: Watch, program: Program) -> list[Event]:
    in_child(deeds)
    found = [event for event in watch.everything() if isinstance(event, Event)]
    return [event for event in found if program.match(event)]


def test_the_events_of_other_rules_hold_none_of_it(watch: Watch) -> None:
    program = rules.compiled(*RULES)
    with wanting(watch, program):
        opened, connected = of_both(watch, program)
    assert opened.type in {"open", "openat"}
    assert connected.type == "connect"
    assert opened.process.env is not None
    assert VARIABLE in opened.process.env
    assert opened.process.parent is not None
    assert opened.process.parent.parent is not None
    assert opened.process.parent.parent.parent is None
    assert connected.process.env is None
    assert connected.process.env_cut is None
    assert connected.process.parent is None
    assert connected.process.facts.env == 0
    for event in (opened, connected):
        assert event.process.cwd is None
        assert event.process.usage is None
        assert event.process.facts.more == 0
        assert event.process.creators == ()


def test_alerts_are_the_same_as_with_everything_recorded(watch: Watch) -> None:
    program = rules.compiled(*RULES)
    whole = alerts(program, of_both(watch, program))
    with wanting(watch, program):
        assert alerts(program, of_both(watch, program)) == whole
    assert [one.split()[1] for one in whole] == ["o", "c"]


def of_one_led(watch: Watch, work: Callable[[], None], *types: str) -> list[model.Event]:
    """The events of a process that does `work` in a session whose leader is alive: its parent's parent."""

    told, tells = os.pipe()

    def between() -> None:
        os.write(tells, b"%d" % in_child(work))

    def lead() -> None:
        os.setsid()
        in_child(between)

    in_child(lead)
    pid = int(os.read(told, 20))
    os.close(told)
    os.close(tells)
    return [event for event in watch.events(pid) if event.type in types]


@pytest.mark.parametrize("field", FIELDS)
def test_one_field_on_one_event_is_in_its_records_alone(watch: Watch, field: str) -> None:
    def work() -> None:
        environment.touch()
        os.kill(os.getpid(), signal.SIGCONT)
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", 9))

    watch.probes.subscribe(ALL, ALL, {"kill": frozenset({field})})
    try:
        killed, connected = of_one_led(watch, work, "kill", "connect")
    finally:
        watch.probes.subscribe(ALL, ALL, ASKED)
    assert {one for one, read in FIELDS.items() if read(killed) is not None} == {field} | TOO.get(
        field, set()
    )
    assert [one for one, read in FIELDS.items() if read(connected) is not None] == []


def test_rules_on_every_event_count_for_every_event(watch: Watch) -> None:
    program = rules.compiled(rules.text("Every", "proc.env contains LANNER_MARK", "x"))
    with wanting(watch, program):
        in_child(deeds)
        events = [event for event in watch.everything() if event.process.comm == b"python3"]
    assert {"execve", "connect", "procexit"} <= {event.type for event in events}
    assert [event.type for event in events if event.process.env is None and event.type != "procexit"] == []


def test_records_hold_what_rules_before_and_after_read(watch: Watch) -> None:
    """From the moment that new rules are known until the old ones are not asked any more."""

    def work() -> None:
        environment.touch()
        os.kill(os.getpid(), signal.SIGCONT)

    kill = frozenset({"kill"})
    before, after = {"kill": frozenset({"proc.cwd"})}, {"kill": frozenset({"proc.env"})}
    watch.probes.subscribe(kill, kill, before)
    try:
        (first,) = watch.of(work, "kill")
        in_child(work)
        watch.probes.subscribe_also(kill, kill, after)
        assert watch.probes.narrow()
        in_child(work)
        second, third = (event for event in watch.everything() if event.type == "kill")
        assert not watch.probes.narrow()
        watch.probes.subscribe(kill, kill, after)
        (fourth,) = watch.of(work, "kill")
    finally:
        watch.probes.subscribe(ALL, ALL, ASKED)
    held = [
        (event.process.cwd is not None, event.process.env is not None)
        for event in (first, second, third, fourth)
    ]
    assert held == [(True, False), (True, False), (True, True), (False, True)]


def test_events_wanted_before_are_wanted_until_told(watch: Watch) -> None:
    def work() -> None:
        os.kill(os.getpid(), signal.SIGCONT)
        os.open(OPENED, os.O_RDONLY)

    watch.probes.subscribe(frozenset({"kill"}), frozenset(), {})
    try:
        watch.probes.subscribe_also(frozenset({"openat"}), frozenset(), {})
        both = [event.type for event in watch.of(work, "kill", "openat")]
        watch.probes.subscribe(frozenset({"openat"}), frozenset(), {})
        one = [event.type for event in watch.of(work, "kill", "openat")]
    finally:
        watch.probes.subscribe(ALL, ALL, ASKED)
    assert both == ["kill", "openat"]
    assert one == ["openat"]


def test_nothing_is_held_where_no_rule_reads(watch: Watch) -> None:
    watch.probes.subscribe(ALL, ALL, on_all(frozenset({"proc.name", "fd.name"})))
    try:
        (event,) = watch.of(lambda: os.kill(os.getpid(), signal.SIGCONT), "kill")
    finally:
        watch.probes.subscribe(ALL, ALL, ASKED)
    assert reads.required("kill", frozenset({"proc.name"})) == (0, 0, 0, 0, 0)
    assert [one for one, read in FIELDS.items() if read(event) is not None] == []


def test_strings_begin_where_the_numbers_of_the_event_end(watch: Watch) -> None:
    def work() -> None:
        os.open(OPENED, os.O_RDONLY)
        os.kill(os.getpid(), signal.SIGCONT)

    pid = in_child(work)
    found = {}
    for record in watch.probes.drain():
        event = decode(record, watch.session)
        if event.process.pid == pid:
            facts = event.process.facts
            written = facts.cgroup, facts.exepath, facts.args, facts.numbers, facts.cwd
            places = map(texts.place, written)
            found[event.type] = (min(at for at, length in places if length), fixed(record))
    assert {"openat", "kill", "procexit"} <= found.keys()
    assert [name for name, (first, behind) in found.items() if first != behind] == []
    assert found["procexit"] < found["openat"] < found["kill"]
