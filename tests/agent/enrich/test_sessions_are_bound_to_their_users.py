# SPDX-License-Identifier: Apache-2.0
"""Which notice a session is of: by container, command and time, and by who made the process."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from lanner_agent.enrich.exec_heard import LATE_NS, NOTICES
from lanner_agent.enrich.exec_remembered import PROCESSES
from lanner_agent.enrich.exec_sessions import ExecSessions
from lanner_engine.fields.model import Container, ExecSession
from lanner_engine.resources import exec_notice
from lanner_engine.resources.exec_notice import ExecNotice, NoticeError
from tests.engine.plain_facts import PlainProcess

S = 1_000_000_000
NOW = 1_700_000_000 * S
WEB = Container(id=b"c", full_id=b"c", name=b"app", pod_uid=b"u1")
RUNC = PlainProcess(comm=b"runc", pid=50, vpid=50)


@dataclass
class Node:
    """One agent's sessions, and a clock."""

    time: int = NOW
    sessions: ExecSessions = field(init=False)

    def __post_init__(self) -> None:
        self.sessions = ExecSessions(now=lambda: self.time)

    def hears(self, user: str, *command: str, **more: Any) -> None:
        self.sessions.hear(told(user, *command, at=self.time, **more))

    def sees(
        self, *command: bytes, pid: int = 100, container: Container = WEB, **more: Any
    ) -> ExecSession | None:
        """An exec of a process; made by runc unless another is said to be its parent."""
        process = made(pid, command, **more)
        return self.sessions.find("execve", self.time, container, [((pid, pid), process), *above(process)])


def above(process: PlainProcess) -> list[tuple[tuple[int, int], PlainProcess]]:
    found = []
    one = process.parent
    while one is not None:
        found.append(((one.pid, one.pid), one))
        one = one.parent
    return found + [((one.pid, one.pid), one) for one in process.creators]


def made(pid: int, command: tuple[bytes, ...], parent: PlainProcess = RUNC, **more: Any) -> PlainProcess:
    return PlainProcess(
        pid=pid,
        vpid=7,
        exe=command[0],
        args=command[1:],
        start=more.pop("start", NOW),
        parent=parent,
        creator=more.pop("creator", parent),
        **more,
    )


def told(user: str, *command: str, at: int, **more: Any) -> ExecNotice:
    given: dict[str, Any] = {"verb": "exec", "pod_uid": "u1", "container": "app", "groups": ["devs"]}
    given |= {"stdin": False, "tty": False, "id": f"{user}-{at}-{command}", **more}
    return exec_notice.notice(user=user, command=command, at=at, **given)


@pytest.fixture
def node() -> Node:
    return Node()


def test_the_first_program_with_the_command_is_the_users(node: Node) -> None:
    node.hears("alice", "cat", "/etc/shadow")
    found = node.sees(b"cat", b"/etc/shadow")
    assert found == ExecSession(b"exec", b"alice", (b"devs",), (b"cat", b"/etc/shadow"))


@pytest.mark.parametrize(
    ("command", "container"),
    [
        ((b"cat", b"/etc/passwd"), WEB),
        ((b"cat", b"/etc/shadow", b""), WEB),
        ((b"cat", b"/etc/shadow"), Container(id=b"d", full_id=b"d", name=b"side", pod_uid=b"u1")),
        ((b"cat", b"/etc/shadow"), Container(id=b"d", full_id=b"d", name=b"app", pod_uid=b"u2")),
    ],
)
def test_another_command_or_container_is_not(
    node: Node, command: tuple[bytes, ...], container: Container
) -> None:
    node.hears("alice", "cat", "/etc/shadow")
    assert node.sees(*command, container=container) is None


def test_a_process_of_the_container_cannot_imitate_a_session(node: Node) -> None:
    node.hears("alice", "id")
    inside = PlainProcess(comm=b"runc", pid=80, vpid=3)  # a program that was named so
    assert node.sees(b"id", parent=inside) is None
    assert node.sees(b"id", pid=101) is not None, "the notice is still there for the real one"


def test_a_notice_is_of_one_session(node: Node) -> None:
    node.hears("alice", "id")
    assert node.sees(b"id") is not None
    assert node.sees(b"id", pid=101) is None


def test_descendants_are_the_sessions_whatever_became_of_their_parents(node: Node) -> None:
    node.hears("alice", "sh")
    root = made(100, (b"sh",))
    assert node.sees(b"sh") is not None
    child = node.sees(b"id", pid=101, parent=root)
    first = PlainProcess(comm=b"sh", pid=60, vpid=1)
    orphan = node.sees(b"id", pid=102, parent=first, creators=(root,))
    assert child == orphan == node.sees(b"sh")


def test_what_the_first_program_executes_itself_is_the_sessions(node: Node) -> None:
    node.hears("alice", "sh", "-c", "exec bash || exec sh")
    assert node.sees(b"sh", b"-c", b"exec bash || exec sh") == node.sees(b"bash")


def test_the_runtime_in_the_container_is_no_session_yet(node: Node) -> None:
    node.hears("alice", "id")
    assert node.sees(b"runc", b"init") is None
    assert node.sees(b"id") is not None


def test_a_script_is_known_behind_its_interpreter(node: Node) -> None:
    node.hears("alice", "/opt/run.sh", "now")
    assert node.sees(b"/bin/sh", b"/opt/run.sh", b"now") is not None


def test_two_who_ask_for_the_same_at_the_same_time_are_both_named(node: Node) -> None:
    node.hears("bob", "id")
    node.hears("alice", "id")
    for pid in (100, 101):
        found = node.sees(b"id", pid=pid)
        assert found is not None
        assert (found.user, found.groups, found.ambiguous) == (b"alice or bob", (), True)
    assert node.sessions.counts["ambiguous"] == 2


def test_a_notice_that_comes_late_is_bound_to_what_has_begun(node: Node) -> None:
    assert node.sees(b"sleep", b"9") is None
    began = node.time
    node.time += S // 2
    node.sessions.hear(told("alice", "sleep", "9", at=began))
    assert node.sees(b"sleep", b"9") is not None


def test_a_notice_expires_and_is_counted(node: Node) -> None:
    node.hears("alice", "id")
    node.time += LATE_NS + S
    assert node.sees(b"id") is None
    node.time += LATE_NS
    node.hears("bob", "id")
    assert node.sessions.counts["unmatched"] == 1


def test_who_attached_is_named_for_what_has_a_terminal(node: Node) -> None:
    node.hears("alice", verb="attach", stdin=True, tty=True)
    first = PlainProcess(comm=b"sh", pid=60, vpid=1)
    assert node.sees(b"id", parent=first, tty=0) is None
    found = node.sees(b"id", parent=first, tty=34816)
    assert found is not None
    assert (found.user, found.verb) == (b"alice", b"attach")


def test_a_debug_container_is_its_makers_for_as_long_as_it_is_there(node: Node) -> None:
    node.hears("alice", "sh", verb="debug", container="debugger-x")
    there = Container(id=b"e", full_id=b"e", name=b"debugger-x", pod_uid=b"u1")
    for _ in range(2):
        found = node.sees(b"id", container=there)
        assert found is not None
        assert found.verb == b"debug"
        node.time += 1000 * S


def test_many_sessions_of_one_container_push_out_none_of_another(node: Node) -> None:
    node.hears("alice", "sh")
    root = made(100, (b"sh",))
    node.sees(b"sh")
    other = Container(id=b"d", full_id=b"d", name=b"app", pod_uid=b"u2")
    for pid in range(1000, 1000 + 2 * PROCESSES):
        node.sees(b"x", pid=pid, container=other)
    assert node.sees(b"id", pid=101, parent=root) is not None


def test_the_first_process_of_a_container_cannot_imitate_a_session(node: Node) -> None:
    """Its parent is outside too, and an agent that has just begun knows nothing of it."""
    shim = PlainProcess(comm=b"containerd-shim", pid=40, vpid=40)
    node.hears("alice", "sh")
    assert node.sees(b"sh", pid=60, parent=shim, start=NOW - 5 * S) is None
    assert node.sees(b"sh") is not None, "the notice is still there for the real one"


LONG = "x" * 600


@pytest.mark.parametrize(
    ("given", "whole", "is_hers"),
    [
        ((b"sh", b"-c", b"probe"), True, False),
        ((b"sh", b"-c", LONG.encode()), True, True),
        ((b"sh", b"-c", LONG.encode() + b"y"), True, False),
        ((b"sh", b"-c", LONG.encode()[:300]), False, True),
        ((b"sh", b"-c", b"y" * 300), False, False),
        ((b"sh",), False, False),
        ((b"",), False, False),
        ((b"/bin/sh", b"/usr/bin/sh", b"-c", LONG.encode()), True, True),
        ((b"/bin/sh", b"/usr/bin/sh", b"-c", LONG.encode() + b"y"), True, False),
    ],
)
def test_a_long_command_is_told_from_another_that_begins_like_it(
    node: Node, given: tuple[bytes, ...], *, whole: bool, is_hers: bool
) -> None:
    node.hears("alice", "sh", "-c", LONG)
    assert (node.sees(*given, args_cut=not whole) is not None) is is_hers


def test_a_command_of_other_bytes_than_text_is_known_as_the_api_server_tells_of_it(node: Node) -> None:
    node.hears("alice", "cat", "\ufffd\ufffd\u00e9")
    assert node.sees(b"cat", b"\xe2\x82\xc3\xa9") is not None


def test_a_probe_without_a_terminal_is_not_the_session_that_has_one(node: Node) -> None:
    node.hears("alice", "sh", stdin=True, tty=True)
    assert node.sees(b"sh", tty=0) is None
    assert node.sees(b"sh", pid=101, tty=34816) is not None


def test_probes_push_out_no_session(node: Node) -> None:
    node.hears("alice", "sh")
    root = made(100, (b"sh",))
    node.sees(b"sh")
    for pid in range(1000, 1000 + 2 * PROCESSES):
        assert node.sees(b"probe", pid=pid) is None
    assert node.sees(b"id", pid=101, parent=root) is not None
    assert node.sessions.counts["forgotten"] == 0


def test_a_session_with_many_processes_pushes_out_neither_itself_nor_another(node: Node) -> None:
    roots = []
    for user, pid in (("alice", 100), ("mallory", 200)):
        node.hears(user, "sh", user)
        roots.append(made(pid, (b"sh", user.encode())))
        node.sees(b"sh", user.encode(), pid=pid)
    busy = made(201, (b"sh",), parent=roots[1])
    for pid in range(1000, 1000 + 2 * PROCESSES):
        assert node.sees(b"x", pid=pid, parent=busy) is not None
    found = [node.sees(b"id", pid=number, parent=root) for number, root in enumerate(roots, 300)]
    assert [one and one.user for one in found] == [b"alice", b"mallory"]
    assert node.sessions.counts["forgotten"] == PROCESSES + 4


def test_a_thousand_sessions_are_bounded_and_what_is_forgotten_is_counted(node: Node) -> None:
    for pid in range(1000, 2000):
        node.hears("alice", "id", str(pid))
        assert node.sees(b"id", str(pid).encode(), pid=pid) is not None
    assert node.sessions.counts["forgotten"] == 1000 - PROCESSES


def test_who_enters_one_pod_all_day_takes_no_notice_of_another(node: Node) -> None:
    node.hears("alice", "id")
    for number in range(2 * NOTICES):
        node.hears("mallory", str(number), pod_uid="u2", verb="attach")
    assert node.sessions.counts["crowded"] == NOTICES + 1
    assert node.sees(b"id") is not None


def test_a_debug_container_whose_image_takes_minutes_is_its_makers(node: Node) -> None:
    node.hears("alice", "sh", verb="debug", container="debugger-x")
    node.time += 300 * S
    there = Container(id=b"e", full_id=b"e", name=b"debugger-x", pod_uid=b"u1")
    found = node.sees(b"sh", container=there, start=node.time)
    assert found is not None
    assert found.user == b"alice"


def test_a_comma_in_the_name_of_a_group_makes_no_second_one() -> None:
    session = ExecSession(b"exec", b"eve", (b"devs", b"x,system:masters"))
    assert session.group_list == b"devs,x\\,system:masters"


@pytest.mark.parametrize("part", ["user", "container", "id"])
def test_half_a_character_in_a_notice_is_refused(part: str) -> None:
    content = told("alice", "id", at=NOW).encoded()
    value = json.loads(content) | {part: "\ud800"}
    with pytest.raises(NoticeError):
        exec_notice.read(json.dumps(value).encode())


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"id": 1}', b'{"groups": "x", "command": null}'],
)
def test_what_is_no_notice_is_refused(content: bytes) -> None:
    with pytest.raises(NoticeError):
        exec_notice.read(content)


def test_a_notice_is_read_as_it_was_written() -> None:
    one = told("eve\x1b\ud800" + "x" * 9000, *["a" * 400] * 9, at=NOW, groups=["g" * 999] * 99)
    assert exec_notice.read(one.encoded()) == one
    assert len(one.encoded()) < exec_notice.SEALED
    assert one.user.endswith(exec_notice.CUT)
    assert (one.groups[-1], one.command[-1]) == (exec_notice.CUT, exec_notice.CUT)
