# SPDX-License-Identifier: Apache-2.0
"""What a process writes as a path, in calls that fail: whatever cannot be read, is too long or would have to
be cleaned passes, and what is plainly another path is held back.
"""

from __future__ import annotations

import ctypes
import os
import pathlib
from collections.abc import Sequence

import pytest

from lanner_agent.decode.event import Event
from tests.kernel import calling_32
from tests.kernel.calling import AT_FDCWD, call, own_mounts
from tests.kernel.sifting import Sieve

ANY = "evt.type in (unlink, unlinkat) and "
LOOKED_AT = 254  # bytes
UNREADABLE = 8  # an address
NOT_OPEN = 1_000_000  # a descriptor

Given = bytes | int | ctypes.Array[ctypes.c_char]


def seen(sieve: Sieve, paths: Sequence[Given], condition: str, folder: int = AT_FDCWD) -> list[bytes]:
    """Which of these arrive when they are removed one after the other, from /etc or another folder."""

    def work() -> None:
        os.chdir("/etc")
        for path in paths:
            call("unlinkat", folder, path, 0)

    return written(sieve.seen(ANY + condition, work))


def written(events: Sequence[Event]) -> list[bytes]:
    found = [event.raw_arguments["name"] for event in events if event.type == "unlinkat"]
    return [one for one in found if isinstance(one, bytes)]


def test_a_relative_path_is_joined_to_its_folder(sieve: Sieve, tmp_path: pathlib.Path) -> None:
    paths = [b"none/gone", b"gone", b"/etc/none/gone", b"/none/gone", b"none/other"]
    assert seen(sieve, paths, "evt.arg.name = /etc/none/gone") == [b"none/gone", b"/etc/none/gone"]
    assert seen(sieve, paths, "evt.abspath startswith /etc/none/") == [
        b"none/gone",
        b"/etc/none/gone",
        b"none/other",
    ]
    assert seen(sieve, paths, "evt.rawarg.name endswith e/gone") == [
        b"none/gone",
        b"/etc/none/gone",
        b"/none/gone",
    ]
    folder = os.open(tmp_path, os.O_PATH)
    assert seen(sieve, [b"gone"], f"evt.arg.name = {tmp_path}/gone", folder) == [b"gone"]
    assert seen(sieve, [b"gone"], "evt.arg.name = /etc/gone", folder) == []
    assert seen(sieve, [b"/etc/gone"], "evt.arg.name = /etc/gone", folder) == [b"/etc/gone"]
    os.close(folder)


def test_a_folder_that_is_not_there_is_not_known(sieve: Sieve) -> None:
    assert seen(sieve, [b"gone", b"/none/gone"], "evt.abspath = /some/where/gone", NOT_OPEN) == [b"gone"]


def test_what_would_be_cleaned_passes_where_its_last_name_does(sieve: Sieve) -> None:
    dotted = [b"none/../gone", b"/none/./gone", b"/none//gone", b"./gone", b"../gone"]
    unnamed = [b"none/..", b"none/.", b"/none/", b"..", b"."]
    plain = [b"none/.gone", b"/none/...", b"/none/gone..", b"a.b"]
    paths = [*dotted, *unnamed, *plain]
    assert seen(sieve, paths, "evt.abspath = /gone") == [*dotted, *unnamed]
    assert seen(sieve, paths, "evt.abspath startswith /some/") == [*dotted, *unnamed]
    assert seen(sieve, paths, "evt.abspath endswith /other") == unnamed


@pytest.mark.parametrize("condition", ["evt.abspath = /some/where", "evt.arg.name endswith /other"])
def test_a_path_of_any_length(sieve: Sieve, condition: str) -> None:
    lengths = [*range(1, 12), 63, 64, 65, 253, 254, 255, 256, 1000, 4000]
    found = seen(sieve, [b"/" + b"a" * (one - 1) + b"z" for one in lengths], condition)
    assert [len(one) - 1 for one in found] == [one for one in lengths if one + 1 > LOOKED_AT]


def test_a_path_of_many_names(sieve: Sieve) -> None:
    path = b"/none" + b"/a" * 100 + b"/gone"
    for condition in (
        "evt.arg.name startswith /none/a/a",
        "evt.arg.name endswith /a/gone",
        "evt.abspath glob /none/*/gone",
        "evt.abspath contains /a/",
    ):
        assert seen(sieve, [path], condition) == [path]
    for condition in (
        "evt.abspath startswith /a/",
        "evt.abspath contains /b/",
        "evt.abspath endswith /b/gone",
    ):
        assert seen(sieve, [path], condition) == []


def test_bytes_that_are_no_text(sieve: Sieve) -> None:
    paths = [b"/none/\xff\xfe-gone", b"/none/\xff\xfe\n", b"/\x80/gone", b"/none/go\xffne"]
    assert seen(sieve, paths, "evt.arg.name startswith /none/") == [paths[0], paths[1], paths[3]]
    assert seen(sieve, paths, "evt.arg.name endswith gone") == [paths[0], paths[2]]
    assert seen(sieve, paths, "evt.arg.name endswith -gone") == [paths[0]]


def test_what_lies_behind_the_path_is_not_looked_at(sieve: Sieve) -> None:
    memory = ctypes.create_string_buffer(b"/none/here\0/none/gone")
    assert seen(sieve, [memory], "evt.arg.name = /none/gone") == []
    assert seen(sieve, [memory], "evt.arg.name endswith /here") == [b"/none/here"]


def test_memory_that_cannot_be_read_passes(sieve: Sieve) -> None:
    assert seen(sieve, [UNREADABLE], "evt.arg.name = /none/gone") == [b""]


@pytest.mark.skipif(not calling_32.possible(), reason="this machine runs no 32-bit programs")
def test_a_32_bit_call(sieve: Sieve) -> None:
    def work() -> None:
        os.chdir("/etc")
        for path in (b"none/gone", b"/etc/none/other", b"/etc/none/gone"):
            calling_32.Calls32().call(10, path)

    found = sieve.seen(ANY + "evt.arg.path = /etc/none/gone", work)
    assert [event.raw_arguments["path"] for event in found if event.type == "unlink"] == [
        b"none/gone",
        b"/etc/none/gone",
    ]


def test_two_paths_are_asked_together(sieve: Sieve) -> None:
    """What is asked of one may be found in the other: more passes, and nothing is lost."""

    def work() -> None:
        for old, new in ((b"/a/none", b"/b/none"), (b"/b/none", b"/a/none"), (b"/a/none", b"/c/none")):
            call("renameat2", AT_FDCWD, old, AT_FDCWD, new, 0)

    condition = "evt.type = renameat2 and evt.arg.oldpath startswith /a/ and evt.arg.newpath startswith /b/"
    found = [event for event in sieve.seen(condition, work) if event.type == "renameat2"]
    assert [event.arguments["oldpath"] for event in found] == [b"/a/none", b"/b/none", b"/a/none"]
    condition = "evt.type = renameat2 and evt.arg.newpath = /c/none"
    found = [event for event in sieve.seen(condition, work) if event.type == "renameat2"]
    assert [event.arguments["newpath"] for event in found] == [b"/c/none"]


TARGETS = [
    b"/",
    b"/etc",
    b"/etc/",
    b"etc",
    b"/etc/shadow",
    b"/etc/shadow/",
    b"shadow",
    b"/etc/passwd",
    b"../etc",
]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("evt.arg.target in (/, /etc, /etc/)", [b"/", b"/etc", b"/etc/", b"/etc/shadow/", b"../etc"]),
        ("evt.arg.target = /etc/shadow", [b"/", b"/etc/", b"/etc/shadow", b"/etc/shadow/"]),
        ("evt.arg.target endswith shadow", [b"/", b"/etc/", b"/etc/shadow", b"/etc/shadow/", b"shadow"]),
    ],
)
def test_what_a_symbolic_link_leads_to(sieve: Sieve, condition: str, found: list[bytes]) -> None:
    """What a text means that would have to be cleaned is not looked for."""

    def work() -> None:
        for target in TARGETS:
            call("symlinkat", target, AT_FDCWD, b"/none/none")

    events = sieve.seen(f"evt.type = symlinkat and {condition}", work)
    assert [event.raw_arguments["target"] for event in events if event.type == "symlinkat"] == found


def test_a_mount_of_nothing_is_known_by_its_place(sieve: Sieve) -> None:
    def work() -> None:
        own_mounts()
        call("mount", None, b"/none/place", b"tmpfs", 0, None)
        call("mount", b"tmpfs", b"/none/other", b"tmpfs", 0, None)
        call("mount", UNREADABLE, b"/none/other", b"tmpfs", 0, None)

    events = sieve.seen("evt.type = mount and evt.arg.dir = /none/place", work)
    places = [event.arguments["dir"] for event in events if event.type == "mount"]
    # that of the root, by which the mounts became the process' own, is known where the kernel keeps places
    assert [one for one in places if one != b"/"] == [b"/none/place", b"/none/other"]


@pytest.mark.parametrize("rules", [1, 63, 65, 200, 600])
def test_of_any_number_of_rules(sieve: Sieve, rules: int) -> None:
    """Clauses in one word, in several, and more than there are bits."""
    names = [f"/none/{at}-name" for at in range(rules)]
    conditions = [f"{ANY}evt.arg.name = {name}" for name in names]
    asked = [names[0], names[-1], names[rules // 2]]

    def work() -> None:
        for name in (*asked, "/none/other", "/other/0-name", f"/none/{rules}-name"):
            call("unlinkat", AT_FDCWD, name.encode(), 0)

    with sieve.sifting(*conditions):
        found = sieve.done(work)
    assert written(found) == [name.encode() for name in asked]
