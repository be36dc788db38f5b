# SPDX-License-Identifier: Apache-2.0
"""What many events say of a process is read once while they say the same, and never believed of another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanner_agent.decode.event import Event, decode
from lanner_agent.decode.processes import MAX_KEPT
from lanner_agent.decode.session import Session
from lanner_agent.kernel.record_layout import RecordAt, RecordFlag
from tests.agent.decode import records
from tests.kernel.answers import Answers

WHO = {"exec": 9, "pid": 5, "tid": 6, "start": 77, "uid": 3, "comm": b"cat", "exepath": b"/bin/cat"}
TEXTS = {"args": b"cat\0-n\0", "cgroup": b"/user", "cwd": b"/root"}


def record(event: str = "openat", flags: int = 0, name: bytes = b"/a", **process: Any) -> bytes:
    """The process' strings first, as the kernel writes them."""
    built = records.Builder(event, flags=flags).process(**{**WHO, **TEXTS, **process})
    built.lineage({"level": 1, "pid": 4, "comm": b"sh", "exec": 1, "start": 70})
    built.head(own=len(built.data))
    return built.union(records.OPEN, path=name).bytes()


def read(event: Event) -> tuple[object, ...]:
    """All that may be different."""
    process = event.process
    parent = process.parent
    return (
        *(process.pid, process.tid, process.uid, process.comm, process.exepath, process.exe, process.args),
        *(process.cmdline, process.cgroup, process.cwd, process.args_cut, process.nthreads, process.facts),
        *(() if parent is None else (parent.pid, parent.comm, parent.args, parent.exepath, parent.cmdline)),
        process.creator is None,
    )


@pytest.fixture
def session() -> Session:
    return records.session()


def test_events_of_which_the_kernel_says_the_same_share_it(session: Session) -> None:
    first, second = (decode(record(name=name), session) for name in (b"/a", b"/a/longer/name"))
    assert first.process is second.process
    assert (first.process.comm, first.process.args, first.process.cmdline) == (b"cat", (b"-n",), b"cat -n")
    assert [event.fd and event.fd.name for event in (first, second)] == [b"/a", b"/a/longer/name"]


@pytest.mark.parametrize(
    "change",
    [
        {"uid": 4},
        {"comm": b"dog"},
        {"args": b"cat\0-m\0"},
        {"args": b"cat\0-nn\0"},
        {"exepath": b"/bin/dog"},
        {"cgroup": b"/other"},
        {"cwd": b"/"},
        {"exec": 10},
        {"tid": 7},
        {"event": "openat2"},
        {"flags": RecordFlag.ARGS_CUT.value},
        {"flags": RecordFlag.ORPHAN.value},
    ],
    ids=str,
)
def test_whatever_is_different_is_read_anew(session: Session, change: dict[str, Any]) -> None:
    before = decode(record(), session)
    known = read(before)
    after = decode(record(**change), session)
    assert after.process is not before.process
    assert read(after) == read(decode(record(**change), records.session()))
    assert read(before) == known


def test_flags_of_the_event_are_not_the_process(session: Session) -> None:
    flags = RecordFlag.PATH_CUT | RecordFlag.IO_URING
    assert decode(record(flags=flags), session).process is decode(record(), session).process


def test_strings_that_are_cut_in_another_way_are_others(session: Session) -> None:
    """The same bytes, of which more belong to the relatives."""
    whole = bytearray(record())
    other = bytearray(whole)
    other[RecordAt.lineage : RecordAt.lineage + 4] = bytes(4)
    first, second = decode(bytes(whole), session), decode(bytes(other), session)
    assert first.process.parent is not None
    assert second.process.parent is None


def test_an_exit_and_a_record_that_says_no_end_are_never_shared(session: Session) -> None:
    exits = [decode(record("procexit", threads=1), session) for _ in range(2)]
    assert exits[0].process is not exits[1].process
    assert exits[0].process.nthreads == 0
    endless = records.Builder("openat").process(**WHO).bytes()
    assert decode(endless, session).process is not decode(endless, session).process


def test_many_processes_fill_no_memory(session: Session) -> None:
    for pid in range(3 * MAX_KEPT):
        assert decode(record(pid=pid), session).process.pid == pid
        assert len(session.processes._kept) <= MAX_KEPT


def test_an_ancestors_environment_is_asked_for_each_event() -> None:
    asked: list[tuple[int, int]] = []

    def environment(pid: int, start: int) -> tuple[bytes, ...]:
        asked.append((pid, start))
        return (b"N=%d" % len(asked),)

    session = Session(Answers(environment=environment))
    found = []
    for _ in range(2):
        parent = decode(record(), session).process.parent
        assert parent is not None
        found.append([parent.env, parent.env])
    assert found == [[(b"N=1",), (b"N=1",)], [(b"N=2",), (b"N=2",)]]
    assert asked == [(4, 70), (4, 70)]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=3), st.booleans())
def test_no_byte_makes_a_process_another_one(changes: list[tuple[int, int]], flip: bool) -> None:
    """Whatever bytes of a record differ, what is read after another record is what is read of it alone."""
    session = records.session()
    whole = record()
    other = bytearray(whole)
    for at, byte in changes:
        other[RecordAt.candidates + at % (len(whole) - RecordAt.candidates)] = byte
    pair = (bytes(other), whole) if flip else (whole, bytes(other))
    for data in pair:
        assert read(decode(data, session)) == read(decode(data, records.session()))
