# SPDX-License-Identifier: Apache-2.0
"""The kernel lets an exec pass when a rule asks for the path of the executable, for the one that the first
argument says or for the working directory, and holds it back where that has no name that is asked for; the
last two are asked together.

Each exec is recorded once without a rule. From the values of its fields come the rules that hold on it and
those that just miss it; for each the same is done again.
"""

from __future__ import annotations

import os
import pathlib
import shutil
from collections.abc import Callable, Iterator, Sequence

import pytest

from lanner_agent.decode.event import Event
from lanner_engine.ast import FieldRef
from lanner_engine.fields.reading import reader
from tests.kernel.conftest import execute
from tests.kernel.mounting import mount, own_mounts
from tests.kernel.sifting import Sieve
from tests.kernel.test_the_index_asks_where_a_file_is import MAX_LENGTH, in_each_place, missing, of_parts

EXECS = ("execve", "execveat")
ANY = f"evt.type in ({', '.join(EXECS)}) and "
FIELDS = ("proc.exepath", "proc.exe", "proc.cwd", "evt.arg.trusted_exepath")
LONG = "a-name-that-is-far-longer-than-others"

Way = Callable[[], None]


def by_link() -> None:
    os.symlink("folder/true", "link")
    execute("link", "/some/where/else/true")


def by_hard_link() -> None:
    os.link("folder/true", f"folder/{LONG}")
    execute(f"folder/{LONG}", f"./folder/{LONG}")


def by_descriptor() -> None:
    os.execve(os.open("folder/true", os.O_RDONLY), ["true"], {})  # noqa: S606 (no shell is the point)


def in_a_mount() -> None:
    own_mounts()
    os.mkdir("mounted")
    mount(pathlib.Path("folder").absolute(), pathlib.Path("mounted").absolute())
    os.chdir("mounted")
    execute("./true", "./true")


def in_a_root() -> None:
    os.chroot(".")
    execute("/folder/true", "/folder/true")


def at_the_top() -> None:
    os.chroot("folder")
    os.chdir("/")
    execute("/true", "/true")


def a_script() -> None:
    pathlib.Path("script").write_text("#!/usr/bin/true\n")
    os.chmod("script", 0o700)
    execute("./script", "script")


def removed() -> None:
    held = os.open("folder/true", os.O_RDONLY)
    os.unlink("folder/true")
    os.execve(held, ["true"], {})  # noqa: S606 (no shell is the point)


def failing() -> None:
    """Of the image that stays."""
    try:
        execute("/no/such/program", "/no/such/program")
    except OSError:
        os._exit(0)


WAYS: dict[str, Way] = {
    "relative": lambda: execute("folder/true", "folder/true"),
    "absolute": lambda: execute(os.path.abspath("folder/true"), os.path.abspath("folder/true")),
    "with dots": lambda: execute("other/.././folder//true", "other/.././folder//true"),
    "with another first argument": lambda: execute("folder/true", "/dev/shm/other/name"),
    "with a folder as the first argument": lambda: execute("folder/true", "/etc/"),
    "a first argument of many bytes": lambda: execute("folder/true", "/" + "n" * 200 + "/m"),
    "by descriptor": by_descriptor,
    "by a link": by_link,
    "by a hard link": by_hard_link,
    "in a mount": in_a_mount,
    "in a root": in_a_root,
    "at the top": at_the_top,
    "a script": a_script,
    "removed": removed,
    "failing": failing,
}


def value(event: Event, field: str) -> str:
    name, _, argument = field.partition("evt.arg.")
    found = reader(FieldRef("evt.arg", argument.encode()) if argument else FieldRef(name, None))(event)
    assert isinstance(found, bytes)
    return os.fsdecode(found)


def of_field(field: str, conditions: Sequence[str]) -> Iterator[str]:
    """Those of the whole path, of another field."""
    for one in conditions:
        if one.startswith("fd.name ") and len(os.fsencode(one)) < MAX_LENGTH:
            yield ANY + field + one.removeprefix("fd.name")


def holding(event: Event) -> Iterator[str]:
    for field in FIELDS:
        made = value(event, field)
        if made.startswith("/"):
            yield from of_field(field, tuple(in_each_place(made)))
        if field == "proc.exepath":
            yield from of_field(field, tuple(of_parts(made)))


def failing_on(event: Event) -> Iterator[str]:
    for field in FIELDS:
        made = value(event, field)
        if made.startswith("/") and made.strip("/"):
            yield from of_field(field, tuple(missing(made.rstrip("/"))))


def executed(sieve: Sieve, condition: Sequence[str], place: pathlib.Path, way: Way) -> list[Event]:
    """What arrives of the exec of a process that is there for it."""

    def work() -> None:
        shutil.rmtree(place, ignore_errors=True)
        (place / "folder").mkdir(parents=True)
        (place / "other").mkdir()
        shutil.copy("/usr/bin/true", place / "folder/true")
        os.chdir(place)
        way()

    with sieve.sifting(*condition):
        found = sieve.done(work)
    return [event for event in found if event.type in EXECS]


@pytest.mark.parametrize("way", WAYS)
def test_an_exec(sieve: Sieve, tmp_path: pathlib.Path, way: str) -> None:
    place = tmp_path / "place"
    (event,) = executed(sieve, [ANY + "evt.rawres != -99"], place, WAYS[way])
    true, false = list(holding(event)), list(failing_on(event))
    assert len(true) > 12
    assert [one for one in true if not executed(sieve, [one], place, WAYS[way])] == []
    if way != "a first argument of many bytes":
        assert executed(sieve, false, place, WAYS[way]) == [], false


def test_the_executable_is_asked_by_itself(sieve: Sieve, tmp_path: pathlib.Path) -> None:
    """Names of the first argument and of the working directory are none of its path, nor the other way
    round.
    """
    place, top = tmp_path / "place", f"/{tmp_path.parts[1]}/"
    way = lambda: execute("/usr/bin/true", "/dev/shm/other/name")  # noqa: E731
    true = [
        *("proc.exepath = /usr/bin/true", "proc.exepath startswith /usr/", "evt.arg.exe startswith /dev/"),
        *(f"proc.cwd startswith {top}", f"proc.exepath startswith /usr/ and proc.cwd startswith {top}"),
    ]
    false = [
        *(
            "proc.exepath = /dev/shm/other/name",
            "proc.exepath startswith /dev/",
            "proc.exepath endswith /name",
        ),
        *(f"proc.exepath startswith {top}", "proc.exe startswith /usr/", "proc.cwd startswith /usr/"),
    ]
    assert [one for one in true if not executed(sieve, [ANY + one], place, way)] == []
    assert [one for one in false if executed(sieve, [ANY + one], place, way)] == []
    assert executed(sieve, [ANY + f"proc.exe startswith {top}"], place, way)
