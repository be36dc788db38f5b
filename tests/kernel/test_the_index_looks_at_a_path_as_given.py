# SPDX-License-Identifier: Apache-2.0
"""Two dots in the path as given, which the kernel looks for in the memory of the process: wherever they stand
a rule that asks for them sees the open, and what has none, and is short enough to tell, is held back.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from tests.kernel import calling_32
from tests.kernel.calling import AT_FDCWD, call, here
from tests.kernel.sifting import Sieve, asks_names

pytestmark = pytest.mark.each_kernel

TYPES = ("open", "openat", "openat2", "creat", "open_by_handle_at")
ANY = f"evt.type in ({', '.join(TYPES)}) and "
DOTTED = ANY + 'fd.nameraw contains "../"'
NOBODY = "proc.name = lanner-nobody"
LOOKED_AT = 63  # bytes of a longer path are not looked at, and it passes
HOW = struct.pack("QQQ", os.O_RDONLY, 0, 0)

CALLS: dict[str, Callable[[bytes], object]] = {
    "openat": lambda path: call("openat", AT_FDCWD, path, os.O_RDONLY),
    "openat2": lambda path: call("openat2", AT_FDCWD, path, HOW, len(HOW)),
}
if here("open"):
    CALLS["open"] = lambda path: call("open", path, os.O_RDONLY)
    CALLS["creat"] = lambda path: call("creat", path, 0o600)
if calling_32.possible():
    CALLS["32 bits"] = lambda path: calling_32.Calls32().call(5, path, os.O_RDONLY)
    CALLS["32-bit openat"] = lambda path: calling_32.Calls32().call(295, AT_FDCWD, path, os.O_RDONLY)


def seen(sieve: Sieve, paths: Sequence[bytes], how: str = "openat", condition: str = DOTTED) -> list[bytes]:
    """Which of these arrive when they are opened one after the other."""

    def work() -> None:
        os.chdir("/etc")
        for path in paths:
            with suppress(OSError):
                CALLS[how](path)

    found = sieve.seen(condition, work)
    return [event.fd.nameraw or b"" for event in found if event.type in TYPES and event.fd is not None]


@pytest.mark.parametrize("how", CALLS)
def test_every_call(sieve: Sieve, how: str) -> None:
    """Of a file that is there, and of one that is not; creat makes and changes none of them."""
    plain = [b"/proc/uptime", b"/proc/none", b"none/none", b""]
    dotted = [b"/proc/../proc/uptime", b"/proc/../proc/none", b"../etc/none/none", b"../proc/uptime", b".."]
    assert seen(sieve, [*plain, *dotted], how) == dotted


def test_relative_to_a_folder(sieve: Sieve) -> None:
    def work() -> None:
        folder = os.open("/etc", os.O_PATH)
        call("openat", folder, b"../etc/passwd", os.O_RDONLY)
        call("openat", folder, b"passwd", os.O_RDONLY)

    found = [event for event in sieve.seen(DOTTED, work) if event.opened is not None]
    assert [event.fd and event.fd.nameraw for event in found] == [b"../etc/passwd"]


def test_wherever_the_dots_stand(sieve: Sieve) -> None:
    """In each of the eight words that are looked at, and across two of them."""
    paths = [b"/" + b"a" * at + b".." + b"b" * (LOOKED_AT - 3 - at - 1) for at in range(LOOKED_AT - 3)]
    paths += [b"/" + b"a" * at + b"/.." for at in range(LOOKED_AT - 4)]
    assert seen(sieve, paths) == paths


def test_a_path_of_any_length(sieve: Sieve) -> None:
    """Short ones without dots are held back, long ones pass; with dots at their end all pass."""
    lengths = [*range(1, 70), 127, 128, 129, 255, 1000, 4000]
    assert [len(path) for path in seen(sieve, [b"a" * one for one in lengths])] == [
        one for one in lengths if one >= LOOKED_AT
    ]
    dotted = [b"a" * (one - 3) + b"../" for one in lengths if one >= 3]
    assert seen(sieve, dotted) == dotted


def test_single_dots_and_other_bytes_are_no_two_dots(sieve: Sieve) -> None:
    plain = [b"a.b.c.d", b".a", b"/a.", b"a.b.", b"-.-.-", b"\xae.\xae", b".\xae", b",,", b"\xff" * 9]
    assert seen(sieve, plain) == []
    dotted = [b"...", b"a..b", b"\xff..\xff", b"/./.././", b"/..", b"..", b"......../........"]
    assert seen(sieve, dotted) == dotted


def test_what_lies_behind_the_path_is_not_looked_at(sieve: Sieve) -> None:
    memory = ctypes.create_string_buffer(b"/etc/passwd\0/../../../../..")
    beyond = sieve.seen(DOTTED, lambda: call("openat", AT_FDCWD, memory, os.O_RDONLY))
    assert [event for event in beyond if event.opened is not None] == []


def test_a_path_that_cannot_be_read_passes(sieve: Sieve) -> None:
    found = sieve.seen(DOTTED, lambda: call("openat", AT_FDCWD, 8, os.O_RDONLY))
    assert [event.type for event in found if event.type in TYPES] == ["openat"]


@pytest.mark.parametrize("operator", ["contains ..", "startswith ../", 'endswith "/.."', "glob */../*"])
def test_every_operator(sieve: Sieve, operator: str) -> None:
    paths = [b"../etc/../..", b"../none/.."]
    assert seen(sieve, [b"/etc/passwd", *paths], condition=f"{ANY} fd.nameraw {operator}") == paths


@pytest.mark.parametrize(
    ("other", "more"), [(NOBODY, []), ("fd.name = /etc/hostname", [b"hostname"]), (DOTTED, [])]
)
def test_beside_rules_that_ask_for_no_dots(sieve: Sieve, other: str, more: list[bytes]) -> None:
    paths = [b"passwd", b"../etc/passwd", b"hostname"]
    either = f"{ANY} (fd.nameraw contains ../ or ({other}))"
    expected = [b"../etc/passwd", *more] if asks_names() or not more else paths
    assert seen(sieve, paths, condition=either) == expected
