# SPDX-License-Identifier: Apache-2.0
"""The kernel lets a call on names pass when a rule asks for one of its paths, however that was written, and
holds it back where no path of the call has a name that the rule asks for.

Each call is recorded once without a rule. From the values of its fields come the rules that hold on it and
those that just miss it; for each the same is done again.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import pytest

from lanner_agent.decode.event import Event
from lanner_engine.ast import FieldRef
from lanner_engine.fields.reading import reader
from tests.kernel import calling_32
from tests.kernel.calling import AT_FDCWD, call, here, own_mounts
from tests.kernel.conftest import ALL
from tests.kernel.sifting import Sieve
from tests.kernel.test_the_index_asks_where_a_file_is import MAX_LENGTH, in_each_place, missing, of_parts

pytestmark = pytest.mark.each_kernel

Deed = Callable[[], object]
BIND, DETACH, FROM_TREE, CLONE = 0x1000, 2, 0x4, 1
AT_EMPTY_PATH, REMOVEDIR = 0x1000, 0x200
OTHER = b"a-name-that-is-far-longer-than-others"


def again(path: bytes) -> bytes:
    """A file that is there once more."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    return path


def gone(path: bytes) -> bytes:
    with suppress(FileNotFoundError):
        os.unlink(path)
    return path


def without(path: bytes) -> bytes:
    with suppress(FileNotFoundError):
        os.rmdir(path)
    return path


def made_folder(path: bytes) -> bytes:
    os.mkdir(without(path))
    return path


def whole(path: bytes) -> bytes:
    return os.path.join(os.getcwdb(), path)


def at(folder: bytes) -> int:
    """Descriptor 200, so that its number is the same whenever this is done."""
    made = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    os.dup2(made, 200)
    os.close(made)
    return 200


def mounted(source: bytes, target: bytes) -> None:
    call("mount", source, target, None, BIND, None)
    call("umount2", target, DETACH)


def moved(target: bytes) -> None:
    tree = call("open_tree", AT_FDCWD, b"folder", CLONE)
    call("move_mount", tree, b"", AT_FDCWD, target, FROM_TREE)
    call("umount2", target, DETACH)
    os.close(tree)


# In a place with folder/file, other/ and link, which leads to folder: the call, and what fields are asked.
NAME = ("fs.path.name",)
BOTH = ("fs.path.source", "fs.path.target")
OLD_NEW = ("evt.arg.oldpath", "evt.arg.newpath", *BOTH)
LINK = ("evt.arg.target", "evt.arg.linkpath", *BOTH)
WAYS: dict[str, tuple[str, Sequence[str], Deed]] = {
    "relative": ("unlinkat", NAME, lambda: call("unlinkat", AT_FDCWD, again(b"folder/gone"), 0)),
    "in the working directory": ("unlinkat", NAME, lambda: call("unlinkat", AT_FDCWD, again(b"gone"), 0)),
    "absolute": (
        "unlinkat",
        ("evt.arg.name", "evt.abspath", *NAME),
        lambda: call("unlinkat", AT_FDCWD, whole(again(b"folder/gone")), 0),
    ),
    "through dots": ("unlinkat", NAME, lambda: call("unlinkat", AT_FDCWD, again(b"other/.././folder//x"), 0)),
    "through a link": ("unlinkat", NAME, lambda: call("unlinkat", AT_FDCWD, again(b"link/gone"), 0)),
    "in a descriptor": ("unlinkat", NAME, lambda: call("unlinkat", at(b"folder"), again(b"folder/x")[7:], 0)),
    "a long name": ("unlinkat", NAME, lambda: call("unlinkat", AT_FDCWD, again(b"folder/" + OTHER), 0)),
    "a name of many bytes": ("unlinkat", NAME, lambda: call("unlinkat", AT_FDCWD, again(b"n" * 120), 0)),
    "signs": (
        "unlinkat",
        NAME,
        lambda: call("unlinkat", AT_FDCWD, again("folder/\u00e9\n\x1b[3".encode()), 0),
    ),
    "a folder": (
        "unlinkat",
        NAME,
        lambda: made_folder(b"folder/new") and call("unlinkat", AT_FDCWD, b"folder/new", REMOVEDIR),
    ),
    "mkdirat": (
        "mkdirat",
        ("evt.arg.path", *NAME),
        lambda: call("mkdirat", -100, without(b"link/new/"), 0o700),
    ),
    "mknodat": (
        "mknodat",
        ("evt.arg.path", *NAME),
        lambda: call("mknodat", -100, gone(b"folder/p"), 0o10600, 0),
    ),
    "renameat2": (
        "renameat2",
        OLD_NEW,
        lambda: call("renameat2", AT_FDCWD, again(b"folder/old"), at(b"other"), b"../link/" + OTHER, 0),
    ),
    "linkat": (
        "linkat",
        OLD_NEW,
        lambda: gone(b"other/hard") and call("linkat", -100, b"link/file", at(b"other"), b"hard", 0),
    ),
    "a symlink": (
        "symlinkat",
        LINK,
        lambda: gone(b"folder/soft") and call("symlinkat", b"/etc/longer_than_eight", -100, b"folder/soft"),
    ),
    "a relative symlink": (
        "symlinkat",
        LINK,
        lambda: gone(b"folder/soft") and call("symlinkat", b"deep/longer_than_eight", -100, b"link/soft"),
    ),
    "a symlink of one name": (
        "symlinkat",
        LINK,
        lambda: gone(b"folder/soft") and call("symlinkat", b"beside", at(b"folder"), b"soft"),
    ),
    "fchmodat": (
        "fchmodat",
        ("evt.arg.filename", *NAME),
        lambda: call("fchmodat", -100, b"link/file", 0o644),
    ),
    "fchownat": (
        "fchownat",
        ("evt.arg.pathname", *NAME),
        lambda: call("fchownat", -100, b"link/file", 0, 0, 0),
    ),
    "a descriptor's own": (
        "fchownat",
        NAME,
        lambda: call("fchownat", at(b"folder"), b"", 0, 0, AT_EMPTY_PATH),
    ),
    "truncate": ("truncate", ("evt.arg.path", *NAME), lambda: call("truncate", b"link/file", 0)),
    "ftruncate": ("ftruncate", NAME, lambda: os.truncate(os.open(b"link/file", os.O_WRONLY), 0)),
    "fchmod": ("fchmod", NAME, lambda: os.fchmod(os.open(b"folder/file", os.O_RDONLY), 0o644)),
    "fchown": ("fchown", NAME, lambda: os.fchown(os.open(b"folder", os.O_RDONLY), 0, 0)),
    "mount": ("mount", ("evt.arg.dir", *BOTH), lambda: mounted(whole(b"folder"), b"other/../other")),
    "move_mount": ("move_mount", ("evt.arg.topath", *BOTH[1:]), lambda: moved(b"other")),
    "umount2": ("umount2", NAME, lambda: mounted(whole(b"folder"), b"link")),
}
if here("rename"):
    WAYS["rename"] = ("rename", OLD_NEW, lambda: call("rename", again(b"folder/x"), whole(b"link/y")))
    WAYS["link"] = (
        "link",
        OLD_NEW,
        lambda: gone(b"other/hard") and call("link", b"link/file", b"other/hard"),
    )
    WAYS["chmod"] = ("chmod", NAME, lambda: call("chmod", b"link/file", 0o600))
if calling_32.possible():
    WAYS["32 bits"] = ("unlink", NAME, lambda: calling_32.Calls32().call(10, again(b"link/gone")))


def value(event: Event, field: str) -> str:
    name, _, argument = field.partition("evt.arg.")
    found = reader(FieldRef("evt.arg", argument.encode()) if argument else FieldRef(name, None))(event)
    assert isinstance(found, bytes)
    return os.fsdecode(found)


def holding(event: Event, field: str) -> Iterator[str]:
    made = value(event, field)
    if made.startswith("/"):
        yield from of_field(field, (*in_each_place(made), *of_parts(made)))


def of_field(field: str, conditions: Sequence[str]) -> Iterator[str]:
    """Those of the whole path, of another field."""
    for one in conditions:
        if one.startswith("fd.name ") and len(os.fsencode(one)) < MAX_LENGTH:
            yield field + one.removeprefix("fd.name")


def failing(event: Event, field: str) -> Iterator[str]:
    made = value(event, field)
    if made.startswith("/"):
        yield from of_field(field, tuple(missing(made)))


def last(events: Sequence[Event], event_type: str) -> Event | None:
    return next((event for event in reversed(events) if event.type == event_type), None)


def prepared(place: pathlib.Path) -> Deed:
    def prepare() -> None:
        own_mounts()
        assert call("mount", b"none", os.fsencode(place), b"tmpfs", 0, None) == 0
        for folder in ("folder", "other"):
            (place / folder).mkdir()
        (place / "folder/file").touch()
        (place / "link").symlink_to("folder")
        os.chdir(place)

    return prepare


# Of these the kernel is sure only where it keeps where calls go: what was written has dots, or is nothing.
CLEANED = {"through dots", "a descriptor's own", "mkdirat", "renameat2", "mount", "move_mount"}


@pytest.mark.parametrize("way", WAYS)
def test_a_call_on_a_name(sieve: Sieve, tmp_path: pathlib.Path, way: str) -> None:
    event_type, fields, deed = WAYS[way]
    about = f"evt.type = {event_type} and "
    prepare = prepared(tmp_path)
    ((*events,),) = sieve.seen_by_each([(f"evt.type = {event_type}",)], deed, prepare)
    event = last(events, event_type)
    assert event is not None
    assert event.result is not None
    assert event.result >= 0
    true = [about + one for field in fields for one in holding(event, field)]
    assert len(true) > 8
    false = [about + one for field in fields for one in failing(event, field)]
    *rounds, final = sieve.seen_by_each([*((one,) for one in true), false], deed, prepare)
    assert [one for one, events in zip(true, rounds, strict=True) if last(events, event_type) is None] == []
    if way not in CLEANED or not sieve.watch.probes.why_paths_untrusted(ALL):
        assert last(final, event_type) is None, false
