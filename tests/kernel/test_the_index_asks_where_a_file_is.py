# SPDX-License-Identifier: Apache-2.0
"""The kernel lets an open pass whose path a rule asks for, however the file was reached, and holds it back
where a name of the path is another one; a kernel that is not asked for names holds nothing back.

What is opened is recorded once without a rule. From its name, as it is in the record, come the rules that
hold on it and those that just miss it; for each the same file is opened again.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterator, Sequence

import pytest

from lanner_agent.decode.event import Event
from tests.kernel.calling import call
from tests.kernel.mounting import LIBC, detached, mount, mount_empty, own_mounts
from tests.kernel.sifting import Sieve, asks_names

OPENS = ("open", "openat", "openat2", "creat")
ANY = f"evt.type in ({', '.join(OPENS)}) and "
EVERYTHING = "fd.num != -99"
MAX_LENGTH = 255  # bytes of a text in a rule

Deed = Callable[[], object]


def in_each_place(name: str) -> Iterator[str]:
    """Conditions that are true on a file of this name: about its last name, folder, top and others."""
    folder, _, last = name.rpartition("/")
    every = name.split("/")[1:]
    yield f"fd.name = {quoted(name)}"
    yield f"fd.directory = {quoted(folder or '/')}"
    yield f"fd.name startswith {quoted(name[:3])}"
    yield f"fd.name endswith {quoted(name[-len(last) - 3 :])}"
    yield from (f"fd.name contains {quoted('/' + one + '/')}" for one in every[:-1][:1] + every[-2:-1])


def of_parts(name: str) -> Iterator[str]:
    """More of them, about parts of the name."""
    folder, _, last = name.rpartition("/")
    yield f"fd.filename = {quoted(last)}"
    yield f"fd.name startswith {quoted(name)}"
    yield f"fd.name endswith {quoted(name[-2:])}"
    yield from (f"fd.filename startswith {quoted(last[:size])}" for size in (1, 8, 9))
    yield f"fd.filename endswith {quoted(last[-7:])}"
    yield f"fd.name contains {quoted(name[-len(last) - 3 : -1] or name)}"
    yield f"fd.name pmatch ({quoted(folder or name)})"
    if not set("*?[]\\") & set(name):  # what a pattern reads as it is
        yield f"fd.name glob {quoted(f'{name[:3]}*{last[-3:]}')}"
        yield f"fd.name glob {quoted('/*/' + last if folder else '/*' + last[1:])}"


def missing(name: str) -> Iterator[str]:
    """Conditions that one name of the path makes false."""
    folder, _, last = name.rpartition("/")
    other = "_" + last[1:]
    yield f"fd.name = {quoted(f'{folder}/{other}')}"
    yield f"fd.name = {quoted(name + '_')}"
    yield f"fd.name = {quoted(f'{folder}/_/{last}')}"
    yield f"fd.name startswith {quoted('/_' + name[1:])}"
    yield f"fd.name endswith {quoted('/' + other)}"
    yield f"fd.name endswith {quoted('_' + last[-7:])}" if len(last) < 8 else "fd.name endswith _"
    yield f"fd.filename = {quoted(other)}"
    yield f"fd.filename in ({quoted(last + '_')}, {quoted(other)})"
    yield f"fd.directory = {quoted(folder + '/_')}"
    yield f"fd.directory in (/, {quoted('/_' + folder)})" if folder else "fd.directory = /_"
    yield f"fd.name contains {quoted(f'/{last}_/')}"
    if not set("*?[]\\") & set(name):
        yield f"fd.name glob {quoted('/*/' + other)}"


def quoted(text: str) -> str:
    """As a text of the language."""
    plain = text.replace("\\", r"\\").replace('"', r"\"")
    return '"' + "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in plain) + '"'


def last(events: Sequence[Event]) -> Event | None:
    """What was opened last, behind the last change of the directory; None: that did not arrive."""
    types = [event.type for event in events]
    found = [at for at, one in enumerate(types) if one in OPENS]
    changed = max(at for at, one in enumerate(types) if one == "fchdir")
    return events[found[-1]] if found and found[-1] > changed else None


def opening(path: str | pathlib.Path | bytes) -> Deed:
    """Of a file that is there."""

    def work() -> None:
        os.fchdir(os.open(".", os.O_PATH))
        os.close(os.open(path, os.O_RDONLY))

    return work


def passes(sieve: Sieve, condition: str, deed: Deed, prepare: Deed) -> bool:
    """Whether what is opened arrives while this is the rule."""
    ((*events,),) = sieve.seen_by_each([(condition,)], deed, prepare)
    return last(events) is not None


Holding = Callable[[str], Iterator[str]]


def check(sieve: Sieve, holding: Holding, deed: Deed, prepare: Deed = lambda: 0) -> str:
    """The name of what is opened; the rules that hold on it see it, the others do not."""
    ((*events,),) = sieve.seen_by_each([(ANY + EVERYTHING,)], deed, prepare)
    event = last(events)
    assert event is not None
    assert event.fd is not None
    assert event.fd.name is not None
    name = os.fsdecode(event.fd.name)
    true = [one for one in holding(name) if len(os.fsencode(one)) < MAX_LENGTH]
    false = [one for one in missing(name) if len(os.fsencode(one)) < MAX_LENGTH]
    rounds = sieve.seen_by_each(
        [*((ANY + one,) for one in true), [ANY + one for one in false]], deed, prepare
    )
    assert [one for one, events in zip(true, rounds, strict=False) if last(events) is None] == []
    held = last(rounds[-1]) is None
    assert held == asks_names(), [one for one in false if passes(sieve, ANY + one, deed, prepare)]
    return name


@pytest.mark.parametrize("length", [1, 7, 8, 9, 31, 32, 33, 39, 40, 41, 255])
def test_a_name_of_any_length(sieve: Sieve, tmp_path: pathlib.Path, length: int) -> None:
    path = tmp_path / ("abcdefghijklmnopqrstuvwxyz0123456789-" * 7)[:length]
    path.touch()
    assert check(sieve, of_parts, opening(path)) == str(path)


@pytest.mark.parametrize("name", ["new\nline", "\u00e9\u00e8\u00ea", "a b", "\x1b[31m", "it's", '"', "..."])
def test_a_name_of_any_bytes(sieve: Sieve, tmp_path: pathlib.Path, name: str) -> None:
    path = tmp_path / "folder" / name
    path.parent.mkdir()
    path.touch()
    assert check(sieve, of_parts, opening(path)) == str(path)


@pytest.mark.parametrize("depth", [1, 2, 3, 16, 30, 31])
def test_a_path_of_many_names(sieve: Sieve, tmp_path: pathlib.Path, depth: int) -> None:
    """From the root that the process has."""
    path = "/".join(f"name{at}" for at in range(depth))
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).touch()

    def prepare() -> None:
        os.chroot(tmp_path)
        os.chdir("/")

    assert check(sieve, in_each_place, opening("/" + path), prepare) == "/" + path


@pytest.mark.parametrize("depth", [32, 33, 60])
def test_a_path_of_more_names_than_are_looked_at(sieve: Sieve, tmp_path: pathlib.Path, depth: int) -> None:
    """Its last two names are asked, nothing above them."""
    path = "/" + "/".join(f"name{at}" for at in range(depth))

    def prepare() -> None:
        os.chroot(tmp_path)
        os.chdir("/")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        pathlib.Path(path).touch()

    true = [ANY + one for one in (*in_each_place(path), *of_parts(path)) if len(one) < MAX_LENGTH]
    lenient = [ANY + "fd.name startswith /_", ANY + "fd.name contains /_/"]
    false = ANY + "fd.filename = _", ANY + "fd.name endswith /_/_", ANY + "fd.directory = /_/_"
    *rounds, final = sieve.seen_by_each(
        [*((one,) for one in (*true, *lenient)), false], opening(path), prepare
    )
    assert [one for one, events in zip((*true, *lenient), rounds, strict=True) if last(events) is None] == []
    assert (last(final) is None) == asks_names()


@pytest.mark.parametrize("jail", ["/", ""])
def test_a_root_passes(sieve: Sieve, tmp_path: pathlib.Path, jail: str) -> None:
    def prepare() -> None:
        os.chroot(jail or tmp_path)
        os.chdir("/")

    assert passes(sieve, ANY + "fd.name = /", opening("/"), prepare)
    assert passes(sieve, ANY + "fd.name = /no/where", opening("/"), prepare)


def bound_file(place: pathlib.Path) -> Deed:
    (place / "elsewhere").touch()
    mount(place / "folder/file", place / "elsewhere")
    return opening(place / "elsewhere")


def bound_folder(place: pathlib.Path) -> Deed:
    (place / "elsewhere").mkdir()
    mount(place / "folder", place / "elsewhere")
    return opening(place / "elsewhere/file")


def mounts_over_mounts(place: pathlib.Path) -> Deed:
    for _ in range(3):
        mount_empty(place / "folder")
    (place / "folder/inner").mkdir()
    mount_empty(place / "folder/inner")
    (place / "folder/inner/file").touch()
    mount(place / "folder/inner", place / "folder/inner")
    return opening(place / "folder/inner/file")


def root_of_a_mount(place: pathlib.Path) -> Deed:
    mount_empty(place / "folder")
    return opening(place / "folder")


def under_a_mount(place: pathlib.Path) -> Deed:
    below = os.open(place / "folder", os.O_PATH)
    mount_empty(place / "folder")
    return relative(below, "file")


def relative(folder: int, name: str) -> Deed:
    def work() -> None:
        os.fchdir(folder)
        os.close(os.open(name, os.O_RDONLY))

    return work


def on_an_overlay(place: pathlib.Path) -> Deed:
    mount_empty(place / "folder")
    for name in ("lower/inner", "upper", "work", "whole"):
        (place / "folder" / name).mkdir(parents=True)
    (place / "folder/lower/inner/file").touch()
    layers = ",".join(
        f"{one}dir={place}/folder/{folder}"
        for one, folder in (("lower", "lower"), ("upper", "upper"), ("work", "work"))
    )
    target = os.fsencode(place / "folder/whole")
    assert LIBC.mount(b"none", target, b"overlay", 0, layers.encode()) == 0
    return opening(place / "folder/whole/inner/file")


def with_another_root(place: pathlib.Path) -> Deed:
    """pivot_root(2)."""
    mount_empty(place / "folder")
    (place / "folder/old").mkdir()
    (place / "folder/new").touch()
    assert call("pivot_root", os.fsencode(place / "folder"), os.fsencode(place / "folder/old")) == 0
    os.chdir("/")
    return opening("/new")


def the_old_root(place: pathlib.Path) -> Deed:
    with_another_root(place)
    return opening(f"/old{place}/other/file")


def unmounted(place: pathlib.Path) -> Deed:
    return relative(detached(place / "folder", "umount2"), "file")


def of_a_tree(place: pathlib.Path) -> Deed:
    return relative(detached(place / "folder", "open_tree"), "file")


def root_of_a_tree(place: pathlib.Path) -> Deed:
    return relative(detached(place / "folder", "open_tree"), ".")


def outside_of_a_jail(place: pathlib.Path) -> Deed:
    outside = os.open(place / "folder", os.O_PATH)
    os.chroot(place / "other")
    return relative(outside, "file")


def by_descriptor(place: pathlib.Path) -> Deed:
    return opening(f"/proc/self/fd/{os.open(place / 'folder/file', os.O_PATH)}")


def through_proc(place: pathlib.Path) -> Deed:
    return opening(f"/proc/self/root/proc/self/root{place}/folder/file")


def by_symlinks(place: pathlib.Path) -> Deed:
    (place / "link").symlink_to("folder")
    (place / "other/link").symlink_to("../link/file")
    return opening(place / "other/link")


def by_hard_link(place: pathlib.Path) -> Deed:
    os.link(place / "folder/file", place / "other/hard")
    return opening(place / "other/hard")


def with_dots(place: pathlib.Path) -> Deed:
    return opening(f"{place}/other/.././folder/..//folder/file")


def deleted(place: pathlib.Path) -> Deed:
    held = os.open(place / "folder/file", os.O_RDONLY)
    (place / "folder/file").unlink()
    return opening(f"/proc/self/fd/{held}")


def in_a_deleted_folder(place: pathlib.Path) -> Deed:
    held = os.open(place / "folder/file", os.O_RDONLY)
    (place / "folder/file").unlink()
    (place / "folder").rmdir()
    return opening(f"/proc/self/fd/{held}")


def renamed(place: pathlib.Path) -> Deed:
    held = os.open(place / "folder/file", os.O_RDONLY)
    (place / "folder/file").rename(place / "other/a-new-name-that-is-far-longer-than-the-old-one-was")
    return opening(f"/proc/self/fd/{held}")


def in_a_renamed_folder(place: pathlib.Path) -> Deed:
    held = os.open(place / "folder", os.O_RDONLY)
    (place / "folder").rename(place / "a-new-name-that-is-far-longer-than-the-old-one-was")
    return relative(held, "file")


def of_proc(_: pathlib.Path) -> Deed:
    return opening("/proc/self/root/proc/uptime")


def a_device(_: pathlib.Path) -> Deed:
    return opening("/dev/null")


WAYS = (
    *(bound_file, bound_folder, mounts_over_mounts, root_of_a_mount, under_a_mount, on_an_overlay),
    *(with_another_root, the_old_root, unmounted, of_a_tree, root_of_a_tree, outside_of_a_jail),
    *(by_descriptor, through_proc, by_symlinks, by_hard_link, with_dots),
    *(deleted, in_a_deleted_folder, renamed, in_a_renamed_folder, of_proc, a_device),
)


@pytest.mark.each_kernel
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_file_that_is_reached(
    sieve: Sieve, tmp_path: pathlib.Path, way: Callable[[pathlib.Path], Deed]
) -> None:
    deeds: list[Deed] = []

    def prepare() -> None:
        own_mounts()
        mount_empty(tmp_path)
        for folder in ("folder", "other"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "file").touch()
        deeds.append(way(tmp_path))

    def deed() -> None:
        deeds[0]()

    check(sieve, in_each_place, deed, prepare)


def test_memory_and_pipes(sieve: Sieve) -> None:
    """What has no path has a name that rules can ask for, with slashes if somebody likes."""
    descriptors: list[int] = []

    def prepare() -> None:
        descriptors.extend((os.memfd_create("made/of/memory"), os.memfd_create("/etc/shadow"), os.pipe()[0]))

    for at, conditions in enumerate(
        (
            ('fd.name = "memfd:made/of/memory"', "fd.name endswith /memory", "fd.name contains /of/"),
            ("fd.name endswith /etc/shadow", "fd.name contains /etc/", "fd.filename = shadow"),
            ("fd.name startswith pipe:", 'fd.name contains "pipe:["', 'fd.filename startswith "pipe:"'),
        )
    ):
        deed = lambda at=at: opening(f"/proc/self/fd/{descriptors[at]}")()  # noqa: E731
        assert [one for one in conditions if not passes(sieve, ANY + one, deed, prepare)] == []
