# SPDX-License-Identifier: Apache-2.0
"""A path is rewritten as fast as can be while calls are made with it. What was reported is compared with what
the file system says was done.

Each case names `a` or `b` in a folder; who wins is seen by who changed.
"""

from __future__ import annotations

import os
import pathlib
import stat
import struct
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from lanner_agent.decode.event import Event as Recorded
from lanner_engine.ast import FieldRef
from lanner_engine.fields.model import Event
from lanner_engine.fields.reading import reader
from tests.kernel.calling import AT_FDCWD, call, here, own_mounts
from tests.kernel.conftest import Watch
from tests.kernel.rewriting import rewritten

ROUNDS = 150
TRIES = 8
EITHER = ("a", "b")
KEY = b"trusted.lanner"
TIMES = struct.pack("4q", 5, 0, 5, 0)


def make(path: str) -> None:
    with open(path, "w") as file:
        file.write("content")


def there() -> str:
    """Which one is there, or was made."""
    return next(name for name in EITHER if os.path.lexists(name))


def gone() -> str:
    """Which one is not there any more."""
    return next(name for name in EITHER if not os.path.lexists(name))


def linked() -> str:
    """Which one the link names."""
    return os.readlink("moved")[-1]


def marked(what: Callable[[os.stat_result], bool]) -> Callable[[], str]:
    """Which one has the mark."""
    return lambda: next(name for name in EITHER if what(os.lstat(name)))


def both_files() -> None:
    for name in EITHER:
        make(name)
        os.chmod(name, 0o644)
        os.chown(name, 0, 0)


def both_folders() -> None:
    for name in EITHER:
        os.makedirs(name, exist_ok=True)


def both_with_key() -> None:
    both_files()
    for name in EITHER:
        os.setxattr(name, KEY, b"1")


def both_without_key() -> None:
    both_with_key()
    for name in EITHER:
        os.removexattr(name, KEY)


def keyed() -> str:
    """Which one has the attribute."""
    return next(name for name in EITHER if os.fsdecode(KEY) in os.listxattr(name))


def neither() -> None:
    for name in (*EITHER, "moved"):
        if os.path.lexists(name):
            os.rmdir(name) if os.path.isdir(name) and not os.path.islink(name) else os.unlink(name)
    make("file")


def one_to_move() -> None:
    neither()
    both_files()


@dataclass(frozen=True)
class Case:
    """TEXT stands for the path that is rewritten, `field` has the path where the call went, `argument` what
    was given, where the kernel's copy of it is kept.
    """

    call: str
    arguments: tuple[object, ...]
    before: Callable[[], None]
    winner: Callable[[], str]
    field: str = "fs.path.name"
    argument: str | None = None

    def __str__(self) -> str:
        return f"{self.call}-{self.field.rpartition('.')[2]}"


TEXT = object()
CASES = [
    Case("unlink", (TEXT,), both_files, gone, argument="path"),
    Case("unlinkat", (AT_FDCWD, TEXT, 0), both_files, gone, argument="name"),
    Case("unlinkat", (AT_FDCWD, TEXT, 0x200), both_folders, gone, argument="name"),
    Case("rmdir", (TEXT,), both_folders, gone, argument="path"),
    Case("mkdir", (TEXT, 0o700), neither, there, argument="path"),
    Case("mkdirat", (AT_FDCWD, TEXT, 0o700), neither, there, argument="path"),
    Case("mknodat", (AT_FDCWD, TEXT, 0o010600, 0), neither, there, argument="path"),
    Case("rename", (TEXT, b"moved"), one_to_move, gone, "fs.path.source", "oldpath"),
    Case("rename", (b"file", TEXT), neither, there, "fs.path.target", "newpath"),
    Case(
        "renameat2", (AT_FDCWD, TEXT, AT_FDCWD, b"moved", 0), one_to_move, gone, "fs.path.source", "oldpath"
    ),
    Case("linkat", (AT_FDCWD, b"file", AT_FDCWD, TEXT, 0), neither, there, "fs.path.source", "newpath"),
    Case(
        *("linkat", (AT_FDCWD, TEXT, AT_FDCWD, b"moved", 0), one_to_move),
        *(marked(lambda file: file.st_nlink == 2), "fs.path.target", "oldpath"),
    ),
    Case("symlinkat", (b"text", AT_FDCWD, TEXT), neither, there, "fs.path.source", "linkpath"),
    Case("symlinkat", (TEXT, AT_FDCWD, b"moved"), neither, linked, "fs.path.target", "target"),
    Case("truncate", (TEXT, 3), both_files, marked(lambda file: file.st_size == 3)),
    Case("chmod", (TEXT, 0o600), both_files, marked(lambda file: stat.S_IMODE(file.st_mode) == 0o600)),
    Case(
        *("fchmodat", (AT_FDCWD, TEXT, 0o600), both_files),
        marked(lambda file: stat.S_IMODE(file.st_mode) == 0o600),
    ),
    Case("chown", (TEXT, 12, 34), both_files, marked(lambda file: file.st_uid == 12)),
    Case("fchownat", (AT_FDCWD, TEXT, 12, 34, 0), both_files, marked(lambda file: file.st_uid == 12)),
    Case("utimensat", (AT_FDCWD, TEXT, TIMES, 0), both_files, marked(lambda file: file.st_mtime == 5)),
    Case("setxattr", (TEXT, KEY, b"1", 1, 0), both_without_key, keyed),
    Case("removexattr", (TEXT, KEY), both_with_key, lambda: "ab".replace(keyed(), "")),
]


def value(event: Event, field: str, argument: bytes | None = None) -> object:
    return reader(FieldRef(field, argument))(event)


def either(folder: pathlib.Path) -> tuple[bytes, bytes]:
    return os.fsencode(folder / "a"), os.fsencode(folder / "b")


def race(
    watch: Watch, case: Case, folder: pathlib.Path, rounds: int = ROUNDS
) -> tuple[list[Event], list[bytes], int]:
    """The events, who won each round, and in how many rounds memory said something else after the call."""

    def work() -> None:
        os.chdir(folder)
        if "mount" in case.call:
            own_mounts()
        won = []
        with rewritten(*either(folder)) as page:
            for _ in range(rounds):
                case.before()
                made = [page if one is TEXT else one for one in case.arguments]
                assert call(case.call, *made) == 0  # type: ignore[arg-type]
                said = os.fsdecode(page.value)[-1]
                won.append(case.winner() + said)
        (folder / "won").write_text(" ".join(won))

    def own(event: Event) -> bool:
        """Preparations are made by relative names."""
        raw = value(event, f"{case.field}raw")
        return event.result == 0 and (case.call == "chdir" or raw in either(folder))

    events = [event for event in watch.of(work, case.call) if own(event)]
    rows = (folder / "won").read_text().split()
    return events, [os.fsencode(folder / row[0]) for row in rows], sum(row[0] != row[1] for row in rows)


def until_shown(
    watch: Watch, case: Case, folder: pathlib.Path, path: Callable[[Event], object], rounds: int = ROUNDS
) -> None:
    """Race, and hold the paths against the winners, until both have won and memory has lied at the end of a
    call. Once is enough where both processes get a CPU.
    """
    won: set[bytes] = set()
    lies = 0
    for _ in range(TRIES):
        events, winners, changed = race(watch, case, folder, rounds)
        paths = [path(event) for event in events]
        assert [one for one in paths if one in either(folder)] == winners
        if case.argument:
            assert [event.arguments[case.argument] for event in events] == winners
        won.update(winners)
        lies += changed
        if lies and won == set(either(folder)):
            return
    pytest.fail(f"nothing was shown: {lies} lies, {len(won)} winners")


@pytest.mark.parametrize("case", [case for case in CASES if here(case.call)], ids=str)
def test_the_path_is_the_one_acted_on(followed: Watch, tmp_path: pathlib.Path, case: Case) -> None:
    until_shown(followed, case, tmp_path, lambda event: value(event, case.field))


def test_a_mount_is_where_it_was_made(followed: Watch, tmp_path: pathlib.Path) -> None:
    def mounted() -> str:
        name = next(name for name in EITHER if os.path.ismount(name))
        assert call("umount2", name.encode(), 0) == 0
        return name

    case = Case("mount", (b"none", TEXT, b"tmpfs", 0, None), both_folders, mounted, "fs.path.target")
    until_shown(followed, case, tmp_path, lambda event: value(event, "fs.path.target"), 100)


def test_a_mount_is_where_it_was_moved(followed: Watch, tmp_path: pathlib.Path) -> None:
    def one_to_mount() -> None:
        both_folders()
        os.makedirs("source", exist_ok=True)
        assert call("mount", b"none", b"source", b"tmpfs", 0, None) == 0

    def mounted() -> str:
        name = next(name for name in EITHER if os.path.ismount(name))
        assert call("umount2", name.encode(), 0) == 0
        return name

    arguments = (AT_FDCWD, b"source", AT_FDCWD, TEXT, 0)
    case = Case("move_mount", arguments, one_to_mount, mounted, "fs.path.target")
    until_shown(followed, case, tmp_path, lambda event: value(event, "fs.path.target"), 100)


def test_what_is_unmounted_is_what_was_mounted(followed: Watch, tmp_path: pathlib.Path) -> None:
    def both_mounted() -> None:
        both_folders()
        for name in EITHER:
            if not os.path.ismount(name):
                assert call("mount", b"none", name.encode(), b"tmpfs", 0, None) == 0

    def unmounted() -> str:
        return next(name for name in EITHER if not os.path.ismount(name))

    case = Case("umount2", (TEXT, 0), both_mounted, unmounted)
    until_shown(followed, case, tmp_path, lambda event: value(event, "fs.path.name"), 100)


def named(event: Event) -> bytes | None:
    """The path of a call that is no field."""
    assert isinstance(event, Recorded)
    return event.call.name(0).path


def test_an_attribute_is_the_one_that_was_set(followed: Watch, tmp_path: pathlib.Path) -> None:
    """Its name is rewritten during the calls."""
    keys = (b"trusted.a", b"trusted.b")

    def work() -> None:
        os.chdir(tmp_path)
        make("file")
        winners = []
        with rewritten(*keys) as page:
            for _ in range(ROUNDS):
                assert call("setxattr", b"file", page, b"1", 1, 0) == 0
                (won,) = (one for one in os.listxattr("file") if one.startswith("trusted."))
                winners.append(won)
                os.removexattr("file", won)
        pathlib.Path("won").write_text(" ".join(winners))

    events = followed.of(work, "setxattr")
    winners = (tmp_path / "won").read_bytes().split()
    assert [event.arguments["key"] for event in events] == winners
    assert set(winners) == set(keys)


def test_the_working_directory_is_the_one_gone_to(followed: Watch, tmp_path: pathlib.Path) -> None:
    def here_now() -> str:
        name = pathlib.Path(os.readlink("/proc/self/cwd")).name
        os.chdir("..")
        return name

    until_shown(followed, Case("chdir", (TEXT,), both_folders, here_now), tmp_path, named)


def test_the_root_is_the_one_gone_to(
    followed: Watch, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who changed its root can tell who won, but cannot come back: each round has a process of its own."""
    monkeypatch.chdir(tmp_path)
    both_folders()
    for name in EITHER:
        (tmp_path / name / name).touch()
    winners, pids = [], []
    with rewritten(*either(tmp_path)) as page:
        for _ in range(60):
            pid = os.fork()
            if pid == 0:
                call("chroot", page)
                os.chdir("/")
                os._exit(ord(there()))
            pids.append(pid)
            winners.append(chr(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
    events = [event for event in followed.events(*pids) if event.type == "chroot"]
    assert [named(event) for event in events] == [os.fsencode(tmp_path / name) for name in winners]
