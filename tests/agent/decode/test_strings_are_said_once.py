# SPDX-License-Identifier: Apache-2.0
"""The strings of an exec and of its ancestors', and the path of a cgroup, come once with the records of a
process that comes again; then records do without them and say the same.
"""

from __future__ import annotations

from typing import Any

import pytest

from lanner_agent.decode.event import Event, decode
from lanner_agent.decode.session import Session
from lanner_agent.kernel.kept import Kept, of_cgroup
from lanner_agent.kernel.record_layout import RecordFlag, StringPart
from tests.agent.decode import records
from tests.agent.decode.keeping import Told
from tests.agent.decode.records import KEPT

EXEC, PARENT, CGROUP = 9, 4, 77
STRINGS = {
    "exepath": b"/bin/ca\xfft",
    "args": b"cat\0\xff\0\0last",
    "script": b"./run",
    "cgroup": b"/pods/one",
}
OF_PARENT = {"exepath": b"/bin/sh", "args": b"sh\0-c\0x\0"}
LEFT_OUT = dict.fromkeys(STRINGS, KEPT)
OF_PARENT_LEFT_OUT = dict.fromkeys(OF_PARENT, KEPT)
ALL_OF_EXEC = 1 << StringPart.EXEPATH | 1 << StringPart.ARGS | 1 << StringPart.SCRIPT


def record(
    texts: dict[str, Any] = STRINGS, parent: dict[str, Any] = OF_PARENT, flags: int = 0, **process: Any
) -> bytes:
    """One openat of a script, the strings of the process first."""
    numbers = {"exec": EXEC, "pid": 5, "tid": 5, "cgroup_id": CGROUP, "comm": b"cat", "exe_flags": 1 << 31}
    built = records.Builder("openat", flags=flags).process(**{**numbers, **process}, **texts)
    built.lineage({"level": 1, "pid": 4, "exec": PARENT, "comm": b"sh", **parent})
    built.head(own=len(built.data))
    return built.union(records.OPEN, path=b"/etc/x").bytes()


def said(event: Event) -> tuple[object, ...]:
    """All that strings which may be left out are read for."""
    process = event.process
    parent = process.parent
    assert parent is not None
    return (
        *(process.exepath, process.exe, process.args, process.cmdline, process.script, process.cgroup),
        *(parent.exepath, parent.exe, parent.args, parent.cmdline),
    )


@pytest.fixture
def kernel() -> Told:
    return Told()


@pytest.fixture
def kept(kernel: Told) -> Kept:
    kept = Kept(kernel)
    kept.open()
    return kept


@pytest.fixture
def session(kept: Kept) -> Session:
    return records.session(kept=kept)


def read(session: Session, *every: bytes) -> list[Event]:
    """Of one batch, each with its process; then the kernel is told."""
    events = [decode(one, session) for one in every]
    assert all(event.process for event in events)
    session.kept.turn()
    return events


def test_a_process_of_one_event_costs_no_call(session: Session, kernel: Told) -> None:
    for number in range(100):
        read(session, record(exec=100 + number, pid=number))
    assert kernel.calls == 0


def test_what_comes_again_is_said_once(session: Session, kernel: Told) -> None:
    first, second = read(session, record(), record())
    assert kernel.parts == {
        EXEC: ALL_OF_EXEC,
        PARENT: 1 << StringPart.EXEPATH | 1 << StringPart.ARGS,
        of_cgroup(CGROUP): 1 << StringPart.CGROUP,
    }
    short = record(LEFT_OUT, OF_PARENT_LEFT_OUT)
    (third,) = read(session, short)
    assert said(first) == said(second) == said(third)
    assert said(third)[:6] == (
        *(b"/bin/ca\xfft", b"cat", (b"\xff", b"", b"last"), b"cat \xff  last", b"./run", b"/pods/one"),
    )
    assert said(third)[6:] == (b"/bin/sh", b"sh", (b"-c", b"x"), b"sh -c x")
    assert len(short) == len(record()) - sum(map(len, [*STRINGS.values(), *OF_PARENT.values()]))
    read(session, short, short, record())
    assert (kernel.calls, session.kept.missed) == (1, 0)


def test_another_process_of_the_same_exec_is_the_exec_again(session: Session, kernel: Told) -> None:
    read(session, record())
    read(session, record(pid=6, tid=6))
    assert kernel.parts[EXEC] == ALL_OF_EXEC


def test_an_exec_has_a_new_number_and_says_its_own(session: Session, kernel: Told) -> None:
    read(session, record(), record())
    other = {**STRINGS, "exepath": b"/bin/dog", "args": b"dog\0"}
    first, second = read(session, record(other, exec=EXEC + 1), record(exec=EXEC, texts=LEFT_OUT))
    assert (first.process.exepath, second.process.exepath) == (b"/bin/dog", b"/bin/ca\xfft")


def test_what_is_not_said_of_some_is_not_kept(session: Session, kernel: Told) -> None:
    """Nothing stands for a string that no rule asked for: an empty one is offered to nobody."""
    nothing = {"exepath": b"/bin/cat"}
    read(session, record(nothing, {}), record(nothing, {}))
    assert kernel.parts == {EXEC: 1 << StringPart.EXEPATH}


def test_parts_add_up(session: Session, kernel: Told) -> None:
    for texts in ({"exepath": b"/bin/cat"}, {"exepath": KEPT, "args": b"cat\0"}):
        read(session, record(texts, {}), record(texts, {}))
    assert kernel.parts == {EXEC: 1 << StringPart.EXEPATH | 1 << StringPart.ARGS}
    (event,) = read(session, record({"exepath": KEPT, "args": KEPT}, {}))
    assert (event.process.exepath, event.process.exe) == (b"/bin/cat", b"cat")


def test_a_record_without_room_for_all_is_not_believed(session: Session, kernel: Told) -> None:
    cut = record({**STRINGS, "args": b"c"}, flags=RecordFlag.STRINGS_CUT)
    read(session, cut, cut)
    assert kernel.parts == {}


def test_a_process_of_which_nothing_is_known_has_no_strings(session: Session, kernel: Told) -> None:
    unknown = record({}, {}, flags=RecordFlag.NO_EXEC_FACTS, exec=0)
    read(session, unknown, unknown)
    assert kernel.parts == {}


def test_a_string_that_is_missing_is_counted_and_asked_of_the_kernel(session: Session, kernel: Told) -> None:
    kernel.own[EXEC, StringPart.EXEPATH] = b"/bin/cat"
    (event,) = read(session, record(LEFT_OUT, {}))
    assert event.process.exepath == b"/bin/cat"
    assert event.process.args == ()
    assert session.kept.missed == 2


def test_a_process_that_waits_keeps_what_it_says(session: Session, kernel: Told, kept: Kept) -> None:
    """As an event does that waits for names while its strings have to make room."""
    read(session, record(), record())
    (waiting,) = read(session, record(LEFT_OUT, OF_PARENT_LEFT_OUT, uid=1))
    for number in range(1000, 1000 + 6000):
        kept.offer(number, {0: b"x" * 500})
        kept.turn()
    assert EXEC not in kernel.parts
    assert said(waiting)[0] == b"/bin/ca\xfft"
    assert said(waiting)[6] == b"/bin/sh"
    assert kept.missed == 0
