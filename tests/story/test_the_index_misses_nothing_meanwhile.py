# SPDX-License-Identifier: Apache-2.0
"""Numbered deeds while other threads rename, mount, change the root, names, namespaces and cgroups, and while
rules are replaced: each is told once, by the agent whose kernel holds events back as by the one that is shown
them all.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from tests.kernel import scope
from tests.story import deeds, restless
from tests.story.pairs import Pair, read_host_name, watched

pytestmark = pytest.mark.timeout(180)  # two agents start

COUNT: Final = 200
SWAPPED_S: Final = 0.5  # between two edits, each of which replaces the rules in both agents
REPOSITORY: Final = pathlib.Path(__file__).parents[2]
RULE: Final = "- {{rule: {}, desc: d, condition: '{}', output: {}, priority: NOTICE}}\n"
NAME: Final = pathlib.Path(sys.executable).name  # whatever the threads call themselves
ACTOR: Final = f"proc.name = {NAME} and container.id = host and user.uid = 0"


def rules(folder: pathlib.Path, more: str = "") -> str:
    """Each says `lanner-story-restless` and what differs from deed to deed, nothing that may differ between
    two looks at the same deed.
    """
    places = ", ".join(f"{above}/{name}" for above in (folder, "") for name in ("good", "evil"))
    opened = f"evt.type = openat and fd.directory in ({places}) and fd.filename startswith f-"
    sought = "evt.type = unlinkat and evt.failed = true and evt.arg.name glob */gone-*"
    executed = (
        f"evt.type = execve and proc.name = true and proc.args startswith restless- and proc.pname = {NAME}"
    )
    told = {
        "opened": (f"{opened} and {ACTOR}", "%fd.filename"),
        "sought": (f"{sought} and {ACTOR}", "%evt.rawarg.name"),
        "connected": (f"evt.type = connect and fd.sip = {restless.ADDRESS} and {ACTOR}", "%fd.sport"),
        "executed": (executed, "%proc.args"),
        "settled": ("evt.type = openat and fd.name = /etc/hostname", "%proc.cmdline"),
    }
    text = (
        RULE.format(name, one, f"lanner-story-restless {name} {what};") for name, (one, what) in told.items()
    )
    return "".join(text) + more


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("restless")
    for name in ("good", "beside"):
        (path / name).mkdir()
    for number in range(COUNT):
        (path / "good" / f"f-{number}").touch()
    return path


@pytest.fixture(scope="module")
def pair(folder: pathlib.Path) -> Iterator[Pair]:
    (folder / "rules.yaml").write_text(rules(folder))
    with watched(read_host_name, ["--rules", folder / "rules.yaml"]) as found:
        yield found


@pytest.fixture
def cgroups(folder: pathlib.Path) -> Iterator[None]:
    made = [scope.ROOT / f"lanner-restless-{name}" for name in "ab"]
    for path in made:
        path.mkdir()
    (folder / "cgroups").write_text("\n".join(map(str, made)))
    yield
    for path in made:
        scope.left_empty(path)


def do(what: str, folder: pathlib.Path, pause: float = 0) -> None:
    command = [sys.executable, "-m", "tests.story.restless", what, str(folder), str(COUNT), str(pause)]
    subprocess.run(command, cwd=REPOSITORY, check=True, timeout=50)


def every_deed() -> Counter[str]:
    numbers = range(COUNT)
    told = {
        "opened": [f"f-{number}" for number in numbers],
        "sought": [f"gone-{number}" for number in numbers],
        "connected": [str(restless.FIRST_PORT + number) for number in numbers],
        "executed": [f"restless-{number}" for number in numbers if number % restless.EVERY == 0],
    }
    return Counter(f"{name} {what}" for name, every in told.items() for what in every)


def told(lines: list[str]) -> Counter[str]:
    """What the rules say, without what every alert ends with."""
    return Counter(line.partition("lanner-story-restless ")[2].partition(";")[0] for line in lines)


@pytest.mark.parametrize("what", restless.WHAT)
@pytest.mark.usefixtures("cgroups")
def test_each_deed_is_told_once_by_both(pair: Pair, folder: pathlib.Path, what: str) -> None:
    pair.news()
    do(what, folder)
    indexed, whole = map(told, pair.news())
    assert whole == every_deed()
    assert indexed == whole


@contextmanager
def meanwhile(work: Callable[[int], None]) -> Iterator[None]:
    ended = threading.Event()

    def again() -> None:
        number = 0
        while not ended.wait(SWAPPED_S):
            number += 1
            work(number)

    thread = threading.Thread(target=again)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_each_deed_is_told_once_by_both_while_rules_are_replaced(pair: Pair, folder: pathlib.Path) -> None:
    def replace(number: int) -> None:
        one = RULE.format(
            f"other-{number}", f"evt.type = openat and fd.name = /no/where/{number}", deeds.marker()
        )
        (folder / "rules.yaml").write_text(rules(folder, one))

    pair.news()
    before = pair.indexed.notes.text().count("rules reloaded")
    with meanwhile(replace):
        do("nothing", folder, pause=0.02)
    assert pair.indexed.notes.text().count("rules reloaded") > before + 2
    indexed, whole = map(told, pair.news())
    assert whole == every_deed()
    assert indexed == whole
