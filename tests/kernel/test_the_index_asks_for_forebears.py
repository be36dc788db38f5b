# SPDX-License-Identifier: Apache-2.0
"""The kernel holds back what a process does of whose ancestors, and makers that are its parents no more, no
rule asks for the names, and nothing else: as they are when it happens, whoever they were before.
"""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Callable

import pytest

from tests.kernel.acting import MARKS, OPENS, furnish, marks, run
from tests.kernel.conftest import execute
from tests.kernel.mounting import LIBC
from tests.kernel.sifting import Sieve, names

PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture
def place(tmp_path: pathlib.Path) -> pathlib.Path:
    return furnish(tmp_path, "alpha", "beta", "gamma", "delta", "top")


BELOW_ALPHA = {
    "proc.aname = alpha": True,
    "proc.aname = gamma": True,
    "proc.aname = delta": False,
    "proc.aname = zeta": False,
    "proc.aname in (zeta, alpha)": True,
    "proc.aname in (zeta, delta)": False,
    "not proc.aname = alpha": False,
    "not proc.aname in (zeta, gamma)": False,
    "not proc.aname in (zeta, delta)": True,
    "proc.aname = alpha and not proc.aname = zeta": True,
    "proc.aname = alpha and not proc.aname = gamma": False,
    "proc.aname = zeta or proc.name = delta": True,
    "proc.aname = zeta or proc.name = zeta": False,
    "proc.aname != alpha": True,
    "proc.aname startswith al": True,
    "proc.aname[1] = gamma": True,
    "proc.aname[1] = alpha": False,
    "proc.aname[2] = alpha": True,
    "proc.aname[2] = zeta": False,
    "not proc.aname[2] = alpha": True,
    "proc.aname[0] = delta": True,
    "proc.aname[0] = alpha": False,
}


@pytest.mark.parametrize(("condition", "held"), BELOW_ALPHA.items())
def test_ancestors(sieve: Sieve, place: pathlib.Path, condition: str, held: bool) -> None:
    work = run(place, "alpha", "./gamma -c './delta -c \": < before; : < after\"; :'; :")
    assert marks(sieve, place, condition, work) == (MARKS if held else [])


DEEPER = "if [ $1 -gt 0 ]; then ./beta deeper $(($1 - 1)); else : < before; : < after; fi; :"


@pytest.mark.parametrize("levels", [1, 20, 70])
@pytest.mark.parametrize(("name", "seen"), [("alpha", MARKS), ("zeta", [])])
def test_ancestors_far_above(
    sieve: Sieve, place: pathlib.Path, levels: int, name: str, seen: list[str]
) -> None:
    """Where they are more than a record tells of, nothing is held back."""
    (place / "deeper").write_text(DEEPER)
    work = run(place, "alpha", f"./beta deeper {levels}; :")
    assert marks(sieve, place, f"proc.aname = {name}", work) == (seen if levels < 64 else MARKS)


# What delta does before and after something happens to alpha, the parent of its parent.
ACTS = "./gamma -c './delta -c \": < before; echo > 0; read x < 1; : < after; echo > 2\"; :' &"
EXECS = ACTS + ' read x < 0; exec ./beta -c "echo > 1; read x < 2"'
ENDS = f'./alpha -c "{ACTS.replace(chr(34), chr(92) + chr(34))} read x < 0"; echo > 1; read x < 2'


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        ("proc.aname = alpha", ["before"]),
        ("proc.aname = beta", ["after"]),
        ("not proc.aname = alpha", ["after"]),
        ("not proc.aname = beta", ["before"]),
        ("proc.aname in (alpha, beta)", MARKS),
        ("not proc.aname in (alpha, beta)", []),
    ],
)
def test_an_ancestor_that_becomes_another_program(
    sieve: Sieve, place: pathlib.Path, condition: str, seen: list[str]
) -> None:
    assert marks(sieve, place, f"proc.name = delta and {condition}", run(place, "alpha", EXECS)) == seen


def under_a_reaper(work: Callable[[], object]) -> Callable[[], None]:
    """Orphans come to the process that does it."""

    def done() -> None:
        assert LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1) == 0
        work()

    return done


@pytest.mark.parametrize(
    ("condition", "seen"),
    [
        ("proc.aname = alpha", MARKS),
        ("not proc.aname = alpha", []),
        ("proc.aname = gamma", MARKS),
        ("proc.aname = top", MARKS),
        ("proc.aname = beta", []),
    ],
)
def test_an_ancestor_that_ends_stays_a_maker(
    sieve: Sieve, place: pathlib.Path, condition: str, seen: list[str]
) -> None:
    work = under_a_reaper(run(place, "top", ENDS))
    assert marks(sieve, place, f"proc.name = delta and {condition}", work) == seen


# It is a maker under the name that it had when it made gamma.
EXECS_AND_ENDS = (
    './alpha -c "' + ACTS.replace('"', '\\"') + ' exec ./beta -c \\"read x < 0\\""; echo > 1; read x < 2'
)


@pytest.mark.parametrize(
    ("condition", "after"),
    [
        ("proc.aname = alpha", True),
        ("proc.aname = beta", False),
        ("not proc.aname = alpha", False),
        ("not proc.aname = beta", True),
    ],
)
def test_a_maker_has_the_name_that_it_had(
    sieve: Sieve, place: pathlib.Path, condition: str, after: bool
) -> None:
    work = under_a_reaper(run(place, "top", EXECS_AND_ENDS))
    found = marks(sieve, place, f"proc.name = delta and {condition}", work)
    assert ("after" in found) is after


ROUNDS = 20
ENDS_OF_PARENTS = 5
BECOME = "echo $1 > 1; read x < 0; exec ./$2 again $(($1 + 1)) $3 $2"


@pytest.mark.parametrize(("name", "first"), [("alpha", 0), ("beta", 1)])
@pytest.mark.parametrize("negated", [False, True])
def test_one_that_acts_while_an_ancestor_becomes_another_program(
    sieve: Sieve, place: pathlib.Path, name: str, first: int, negated: bool
) -> None:
    """Whatever it did in the midst of an exec, afterwards the ancestor has the new name."""
    (place / "again").write_text(BECOME)
    (place / "acts").write_text(ACTS_MEANWHILE)

    def work() -> None:
        os.chdir(place)
        if os.fork():
            execute("./alpha", "./alpha", "again", "0", "beta", "alpha")
        execute("./gamma", "./gamma", "-c", f"{sys.executable} -S -E acts {ROUNDS}; :")

    asked = (
        f"not proc.aname = {'beta' if name == 'alpha' else 'alpha'}" if negated else f"proc.aname = {name}"
    )
    found = names(sieve.seen(OPENS + asked, work))
    seen = [int(one.rpartition(b"-")[2]) for one in found if b"/mark-" in one]
    assert seen == list(range(first, ROUNDS, 2))


# Opens without end, and whenever the ancestor is a program, a file that is this moment's.
ACTS_MEANWHILE = """
import os, sys
told, asked = os.open("1", os.O_RDONLY | os.O_NONBLOCK), os.open("0", os.O_RDWR)
def arrived():
    try:
        return os.read(told, 64)
    except BlockingIOError:
        return b""
for number in range(int(sys.argv[1])):
    while not arrived():
        os.close(os.open("before", os.O_RDONLY))
    os.close(os.open(f"mark-{number}", os.O_CREAT | os.O_RDWR))
    os.write(asked, b"go\\n")
os.kill(int(open(f"/proc/{os.getppid()}/stat").read().split()[3]), 9)
"""

# Opens without end until its parent has another parent, then a file that is this moment's.
ACTS_UNTIL_MOVED = """
import os, sys
parent, number = int(sys.argv[1]), sys.argv[2]
begun = os.open("0", os.O_RDWR)
os.write(begun, b"go\\n")
while int(open(f"/proc/{os.getppid()}/stat").read().split()[3]) == parent:
    os.close(os.open("before", os.O_RDONLY))
os.close(os.open(f"mark-{number}", os.O_CREAT | os.O_RDWR))
"""


@pytest.mark.parametrize(
    ("condition", "seen"), [("proc.aname = alpha", True), ("not proc.aname = alpha", False)]
)
def test_one_that_acts_while_an_ancestor_ends(
    sieve: Sieve, place: pathlib.Path, condition: str, seen: bool
) -> None:
    """It is beta when it ends, and was alpha when it made the parent of the one that acts. To give memory
    back it needs a while, in which its end is known and its child has not been moved.
    """
    (place / "acts").write_text(ACTS_UNTIL_MOVED)
    large = "s=0123456789; while [ ${#s} -lt 60000000 ]; do s=$s$s; done; read x < 0"

    def work() -> None:
        os.chdir(place)
        for number in range(ENDS_OF_PARENTS):
            acts = f'./gamma -c "{sys.executable} -S -E acts $$ {number}; :"'
            script = f"{acts} & exec ./beta -c '{large}'"
            if not os.fork():
                execute("./alpha", "./alpha", "-c", script)
            os.wait()
            os.wait()

    found = names(sieve.seen(OPENS + condition, under_a_reaper(work)))
    assert sum(b"/mark-" in one for one in found) == (ENDS_OF_PARENTS if seen else 0)
