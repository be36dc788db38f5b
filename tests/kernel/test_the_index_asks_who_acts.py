# SPDX-License-Identifier: Apache-2.0
"""The kernel holds back what a process does whose name, parent or place no rule asks for, and nothing else:
as they are when it happens, whatever they were before.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
from collections.abc import Iterator

import pytest

from tests.kernel.acting import MARKS, OPENS, furnish, marks, run
from tests.kernel.conftest import execute
from tests.kernel.mounting import LIBC
from tests.kernel.scope import left_empty
from tests.kernel.sifting import BOX, Sieve, names

PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture
def place(tmp_path: pathlib.Path) -> pathlib.Path:
    return furnish(tmp_path, "alpha", "beta")


IS_ALPHA = {
    "proc.name = alpha": True,
    "proc.name = beta": False,
    "proc.name in (zeta, alpha)": True,
    "proc.name in (zeta, beta)": False,
    "proc.name != alpha": False,
    "proc.name != beta": True,
    "not proc.name in (alpha, beta)": False,
    "not proc.name in (beta, zeta)": True,
    "proc.name startswith al": True,
    "not proc.name startswith al and not proc.name in (alpha, beta)": False,
    "proc.name contains lph": True,
    "proc.name = ALPHA": False,
    "proc.name = alphabet": False,
    "(proc.name = beta or proc.pname = alpha)": False,
    "(proc.name = alpha and fd.name startswith /no) or (proc.name = alpha and proc.pname != alpha)": True,
}


@pytest.mark.parametrize(("condition", "held"), IS_ALPHA.items())
def test_a_name(sieve: Sieve, place: pathlib.Path, condition: str, held: bool) -> None:
    work = run(place, "alpha", ": < before; : < after")
    assert marks(sieve, place, condition, work) == (MARKS if held else [])


@pytest.mark.parametrize(("condition", "seen"), [("alpha", MARKS), ("sham", [])])
def test_what_a_process_calls_itself_changes_nothing(
    sieve: Sieve, place: pathlib.Path, condition: str, seen: list[str]
) -> None:
    work = run(place, "alpha", ": < before; echo sham > /proc/$$/comm; : < after")
    assert marks(sieve, place, f"proc.name = {condition}", work) == seen


@pytest.mark.parametrize(("name", "seen"), [("alpha", ["before"]), ("beta", ["after"])])
def test_the_name_is_that_of_the_newest_exec(
    sieve: Sieve, place: pathlib.Path, name: str, seen: list[str]
) -> None:
    work = run(place, "alpha", ': < before; exec ./beta -c ": < after"')
    assert marks(sieve, place, f"proc.name = {name}", work) == seen


# What a child does before and after something happens to its parent.
CHILD = "( : < before; echo > 0; read x < 1; : < after; echo > 2 ) &"
PARENT_EXECS = CHILD + ' read x < 0; exec ./beta -c "echo > 1; read x < 2"'
PARENT_ENDS = f"./alpha -c '{CHILD} read x < 0'; echo > 1; read x < 2"


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        ("proc.pname = alpha", ["before"]),
        ("proc.pname = beta", ["after"]),
        ("proc.pname != alpha", ["after"]),
        ("not proc.pname in (alpha, beta)", []),
        ("proc.name = alpha and proc.pname in (alpha, beta)", MARKS),
    ],
)
def test_a_parent_that_becomes_another_program(
    sieve: Sieve, place: pathlib.Path, condition: str, seen: list[str]
) -> None:
    assert marks(sieve, place, condition, run(place, "alpha", PARENT_EXECS)) == seen


@pytest.mark.parametrize(
    ("condition", "seen"), [("proc.pname = alpha", ["before"]), ("proc.pname = beta", ["after"])]
)
def test_a_parent_that_ends(sieve: Sieve, place: pathlib.Path, condition: str, seen: list[str]) -> None:
    """The orphan comes to its grandparent."""

    def work() -> None:
        assert LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1) == 0
        run(place, "beta", PARENT_ENDS)()

    assert marks(sieve, place, condition, work) == seen


EXECS = 40
BECOME = "echo $1 > 1; read x < 0; exec ./$2 again $(($1 + 1)) $3 $2"


@pytest.mark.parametrize(("name", "first"), [("alpha", 0), ("beta", 1)])
def test_a_child_that_acts_while_its_parent_becomes_another_program(
    sieve: Sieve, place: pathlib.Path, name: str, first: int
) -> None:
    """Whatever the child did in the midst of an exec, afterwards its parent has the new name."""
    (place / "again").write_text(BECOME)

    def child() -> None:
        """Opens without end, and whenever the parent is a program, a file that is this moment's."""
        told, asked = os.open("1", os.O_RDONLY | os.O_NONBLOCK), os.open("0", os.O_RDWR)
        for number in range(EXECS):
            while (line := arrived(told)) is None:
                os.close(os.open("before", os.O_RDONLY))
            assert int(line) == number
            os.close(os.open(f"mark-{number}", os.O_CREAT | os.O_RDWR))
            os.write(asked, b"go\n")

    def work() -> None:
        os.chdir(place)
        if os.fork():
            execute("./alpha", "./alpha", "again", "0", "beta", "alpha")
        try:
            child()
        finally:
            os.kill(os.getppid(), signal.SIGKILL)

    found = names(sieve.seen(f"{OPENS} proc.pname = {name}", work))
    seen = [os.fsdecode(one.rpartition(b"-")[2]) for one in found if b"/mark-" in one]
    assert [int(one) for one in seen] == list(range(first, EXECS, 2))


def arrived(descriptor: int) -> bytes | None:
    """What somebody wrote into a FIFO; None: nothing yet."""
    with contextlib.suppress(BlockingIOError):
        return os.read(descriptor, 64) or None
    return None


@pytest.mark.parametrize("name", ["alpha", "beta"])
@pytest.mark.parametrize(
    ("event_type", "script"),
    [
        ("execve", ":"),
        ("procexit", ":"),
        ("clone", "( :; : ) | :"),
        ("kill", "kill -0 $$"),
        ("chdir", "cd ."),
        ("openat", ": < after"),
    ],
)
def test_every_kind_of_event(
    sieve: Sieve, place: pathlib.Path, event_type: str, script: str, name: str
) -> None:
    """Each is done by alpha, and then by beta; alpha becomes beta and does not end."""
    types = ("clone", "fork", "vfork") if event_type == "clone" else (event_type,)
    work = run(place, "alpha", f"{script}; exec ./beta -c '{script}; :'")
    found = sieve.seen(f"evt.type in ({', '.join(types)}) and proc.name = {name}", work)
    seen = {event.process.comm.decode() for event in found if event.type in types}
    assert seen == ({name} if (event_type, name) != ("procexit", "alpha") else set())


@pytest.fixture
def box(own_cgroup: pathlib.Path) -> Iterator[pathlib.Path]:
    """A cgroup of a container."""
    made = own_cgroup / BOX
    made.mkdir()
    yield made
    left_empty(made)


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        ("container.id != host", ["after"]),
        ("container.id = host", ["before"]),
        ("not container.id = host", ["after"]),
        ("container.id exists", MARKS),
        ("container.image.repository = nginx", ["after"]),
        ("k8s.ns.name = shop", ["after"]),
    ],
)
def test_a_process_that_enters_a_container(
    sieve: Sieve, place: pathlib.Path, box: pathlib.Path, condition: str, seen: list[str]
) -> None:
    def enter() -> None:
        (box / "cgroup.procs").write_text("0")

    def work() -> None:
        os.open(place / "before", os.O_RDONLY)
        enter()
        os.open(place / "after", os.O_RDONLY)

    sieve.learn(enter)
    assert marks(sieve, place, condition, work) == seen
    assert marks(sieve, place, f"{condition} and proc.name = nobody", work) == []


def test_until_a_cgroup_is_known_nobody_in_it_is_held_back(
    sieve: Sieve, place: pathlib.Path, box: pathlib.Path
) -> None:
    def work() -> None:
        os.open(place / "before", os.O_RDONLY)
        (box / "cgroup.procs").write_text("0")
        os.open(place / "after", os.O_RDONLY)

    assert marks(sieve, place, "proc.name = nobody", work) == ["after"]
    assert marks(sieve, place, "proc.name = nobody", work) == []
