# SPDX-License-Identifier: Apache-2.0
"""The kernel holds back what a process does whose user, login or terminal no rule asks for, and nothing else:
as they are when it happens, whatever they were before.
"""

from __future__ import annotations

import fcntl
import os
import pathlib
import signal
import termios
from collections.abc import Callable, Iterator

import pytest

from tests.kernel.acting import MARKS, furnish, marks
from tests.kernel.conftest import execute
from tests.kernel.scope import left_empty
from tests.kernel.sifting import BOX, Sieve, asks_names

ACCOUNTS = {-1: b"<NA>", 0: b"root", 1: b"daemon"}
OTHER = 4711  # has no account
SETUID = 0o4755
TIOCVHANGUP = 0x5437


@pytest.fixture
def place(tmp_path: pathlib.Path) -> pathlib.Path:
    furnish(tmp_path, "alpha", "beta")
    tmp_path.chmod(0o755)
    return tmp_path


@pytest.fixture
def box(own_cgroup: pathlib.Path) -> Iterator[pathlib.Path]:
    """A cgroup of a container."""
    made = own_cgroup / BOX
    made.mkdir()
    yield made
    left_empty(made)


def between(
    place: pathlib.Path, change: Callable[[], object], first: Callable[[], object] = lambda: 0
) -> Callable[[], None]:
    """Opens a file before something changes, and one after it."""

    def work() -> None:
        os.chdir(place)
        first()
        os.close(os.open("before", os.O_RDONLY))
        change()
        os.close(os.open("after", os.O_RDONLY))

    return work


def becoming(uid: int) -> Callable[[], None]:
    return lambda: os.seteuid(uid)


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        ("user.uid = 0", ["before"]),
        ("user.uid = 1", ["after"]),
        ("user.uid != 0", ["after"]),
        ("not user.uid != 0", ["before"]),
        ("user.uid in (0, 1)", MARKS),
        ("user.uid in (2, 3)", []),
        ("not user.uid in (0, 1)", []),
        ("user.uid > 0", ["after"]),
        ("user.uid >= 1", ["after"]),
        ("user.uid < 1", ["before"]),
        ("user.uid > 1", MARKS),
        ("user.uid = 1 and user.name = daemon", ["after"]),
        ("user.uid = 1 and user.name = root", []),
        ("user.name = root", ["before"]),
        ("user.name = daemon", ["after"]),
        ("user.name in (daemon, bin)", ["after"]),
        ("user.name = bin", []),
        ("user.name != root", ["after"]),
        ("not user.name in (root, daemon)", []),
        ("user.name startswith roo", MARKS),
    ],
)
def test_a_user_that_becomes_another(
    sieve: Sieve, place: pathlib.Path, condition: str, seen: list[str]
) -> None:
    sieve.users = ACCOUNTS
    assert marks(sieve, place, condition, between(place, becoming(1))) == seen


@pytest.mark.parametrize("users", [ACCOUNTS, {}])
@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        (f"user.uid = {OTHER}", ["after"]),
        ("user.uid = 1", []),
        ("user.uid != 1", MARKS),
        ("user.name = bin", ["after"]),
        ("user.name = root", MARKS),
        ("user.name != root", ["after"]),
    ],
)
def test_one_without_an_account_may_have_any_name(
    sieve: Sieve, place: pathlib.Path, users: dict[int, bytes], condition: str, seen: list[str]
) -> None:
    sieve.users = users
    unknown = not users and "name" in condition
    expected = MARKS if unknown else seen
    assert marks(sieve, place, condition, between(place, becoming(OTHER))) == expected


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        ("user.name = root", MARKS),
        ("user.name = daemon", ["after"]),
        ("user.name = daemon and user.uid = 1", []),
        ("user.uid = 0", MARKS),
        ("user.uid = 1", []),
    ],
)
def test_names_in_a_container_are_not_those_of_the_host(
    sieve: Sieve, place: pathlib.Path, box: pathlib.Path, condition: str, seen: list[str]
) -> None:
    def enter() -> None:
        (box / "cgroup.procs").write_text("0")

    sieve.users = ACCOUNTS
    sieve.learn(enter)
    assert marks(sieve, place, condition, between(place, enter)) == seen


def logged_in() -> None:
    pathlib.Path("/proc/self/loginuid").write_text("1")


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        ("user.loginuid = -1", ["before"]),
        ("user.loginuid = 1", ["after"]),
        ("user.loginuid != -1", ["after"]),
        ("user.loginuid >= 0", ["after"]),
        ("user.loginuid < 0", ["before"]),
        ("user.loginuid = 0", []),
        ("user.loginname = daemon", ["after"]),
        ("user.loginname = root", []),
        ("user.loginname = <NA>", ["before"]),
        ("user.uid = 0", MARKS),
    ],
)
def test_one_who_logs_in(sieve: Sieve, place: pathlib.Path, condition: str, seen: list[str]) -> None:
    sieve.users = ACCOUNTS
    assert marks(sieve, place, condition, between(place, logged_in)) == seen


@pytest.mark.parametrize(("program", "seen"), [("alpha", {b"alpha"}), ("beta", set())])
def test_a_program_that_gives_another_user(
    sieve: Sieve, place: pathlib.Path, program: str, seen: set[bytes]
) -> None:
    (place / "alpha").chmod(SETUID)

    def work() -> None:
        os.chdir(place)
        os.setresuid(1, 1, 1)
        execute(f"./{program}", program, "-c", ":")

    found = sieve.seen("evt.type = execve and user.uid = 0", work)
    assert {event.process.comm for event in found if event.type == "execve"} == seen


class Terminal:
    """A terminal that a process may take as its own."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()

    def take(self) -> None:
        fcntl.ioctl(self._slave, termios.TIOCSCTTY, 0)

    def give_up(self) -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        fcntl.ioctl(self._slave, termios.TIOCNOTTY)

    def take_in_a_session(self) -> None:
        os.setsid()
        self.take()

    def end(self) -> None:
        """It is hung up, by another process."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        if not os.fork():
            fcntl.ioctl(self._slave, TIOCVHANGUP)
            os._exit(0)
        os.wait()


TERMINALS = {
    "proc.tty != 0": True,
    "proc.tty > 0": True,
    "not proc.tty = 0": True,
    "proc.tty = 0": False,
    "not proc.tty != 0": False,
    "proc.tty in (0)": False,
}


@pytest.mark.parametrize(("condition", "with_one"), TERMINALS.items())
def test_a_process_that_gets_a_terminal(
    sieve: Sieve, place: pathlib.Path, condition: str, with_one: bool
) -> None:
    terminal = Terminal()
    work = between(place, terminal.take, os.setsid)
    assert marks(sieve, place, condition, work) == (["after"] if with_one else ["before"])


@pytest.mark.parametrize("ends", [Terminal.give_up, Terminal.end])
@pytest.mark.parametrize(("condition", "with_one"), TERMINALS.items())
def test_a_process_that_loses_its_terminal(
    sieve: Sieve,
    place: pathlib.Path,
    ends: Callable[[Terminal], None],
    condition: str,
    with_one: bool,
) -> None:
    terminal = Terminal()
    work = between(place, lambda: ends(terminal), terminal.take_in_a_session)
    assert marks(sieve, place, condition, work) == (["before"] if with_one else ["after"])


def test_a_terminal_that_is_asked_for_by_its_number(sieve: Sieve, place: pathlib.Path) -> None:
    terminal = Terminal()
    work = between(place, terminal.take, os.setsid)
    assert marks(sieve, place, "proc.tty = 1", work) == ["after"]
    assert marks(sieve, place, "proc.tty in (0, 1)", work) == MARKS


@pytest.mark.parametrize("rules", [3, 70, 200])
@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        ("user.uid = 1", ["after"]),
        ("user.uid = 2", []),
        ("proc.aname = zeta", []),
        ("user.uid = 1 and proc.tty = 0 and not proc.aname = zeta", ["after"]),
    ],
)
def test_beside_many_rules(
    sieve: Sieve, place: pathlib.Path, rules: int, condition: str, seen: list[str]
) -> None:
    """More clauses than who acts is asked of."""
    others = [
        f"evt.type in (open, openat) and proc.name = other{number} and fd.name = /x{number}"
        for number in range(rules)
    ]
    assert marks(sieve, place, condition, between(place, becoming(1)), *others) == seen


@pytest.mark.parametrize(
    ("uid", "rules", "seen"),
    [(163, 10, []), (100, 100, ["after"]), (163, 100, ["after"]), (199, 100, ["after"])],
)
def test_rules_that_are_many_ask_in_vain_and_lose_nothing(
    sieve: Sieve, place: pathlib.Path, uid: int, rules: int, seen: list[str]
) -> None:
    first, *others = (
        f"evt.type in (open, openat) and user.uid = {100 + number} and fd.filename = after"
        for number in range(rules)
    )
    work = between(place, becoming(uid))
    expected = seen if asks_names() or not seen else MARKS
    assert marks(sieve, place, first.partition(" and ")[2], work, *others) == expected
