# SPDX-License-Identifier: Apache-2.0
"""Calls on what is said of a file beside its bytes: attributes of every kind, handles. Each is done on a file
that is there, and on none.
"""

from __future__ import annotations

import ctypes
import errno
import os
import pathlib
import struct
from dataclasses import dataclass

import pytest

from tests.kernel.calling import call, here
from tests.kernel.conftest import Watch
from tests.kernel.sifting import Sieve

pytestmark = pytest.mark.each_kernel

KEY = b"trusted.lanner"
BUFFER = ctypes.create_string_buffer(256)
HANDLE = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
GIVEN = ctypes.create_string_buffer(struct.pack("QII", ctypes.addressof(BUFFER), 64, 0))
NONE = ctypes.create_string_buffer(64)
NO_FOLLOW = 0x100
FOLDER, FILE = "folder", "file"  # in place of what only a test knows


@dataclass(frozen=True)
class Case:
    """FOLDER and FILE in `arguments` are descriptors, b"file" is the file's name."""

    name: str
    arguments: tuple[object, ...]
    texts: dict[str, bytes]


KEYED = {"key": KEY}
AT_NONE = {"flags": b"0"}
AT_LINK = {"flags": b"AT_SYMLINK_NOFOLLOW"}
CASES = [
    Case("getxattr", (b"file", KEY, BUFFER, 9), {**KEYED, "size": b"9"}),
    Case("lgetxattr", (b"file", KEY, BUFFER, 8), {**KEYED, "size": b"8"}),
    Case("fgetxattr", (FILE, KEY, BUFFER, 7), {**KEYED, "size": b"7"}),
    Case("listxattr", (b"file", BUFFER, 200), {"size": b"200"}),
    Case("llistxattr", (b"file", BUFFER, 201), {"size": b"201"}),
    Case("flistxattr", (FILE, BUFFER, 202), {"size": b"202"}),
    Case("getxattrat", (FOLDER, b"file", NO_FOLLOW, KEY, GIVEN, 16), {**KEYED, **AT_LINK}),
    Case("listxattrat", (FOLDER, b"file", 0, BUFFER, 203), {"size": b"203", **AT_NONE}),
    Case("removexattr", (b"file", KEY), KEYED),
    Case("setxattrat", (FOLDER, b"file", 0, KEY, GIVEN, 16), {**KEYED, **AT_NONE}),
    Case("removexattrat", (FOLDER, b"file", NO_FOLLOW, KEY), {**KEYED, **AT_LINK}),
    Case("lremovexattr", (b"file", KEY), KEYED),
    Case("fremovexattr", (FILE, KEY), KEYED),
    Case("name_to_handle_at", (FOLDER, b"file", HANDLE, BUFFER, 0), AT_NONE),
    Case("file_getattr", (FOLDER, b"file", NONE, 24, NO_FOLLOW), AT_LINK),
    Case("file_setattr", (FOLDER, b"file", NONE, 24, 0), AT_NONE),
]


def said(one: object, words: dict[object, object]) -> object:
    """What stands in place of the word."""
    return words.get(one, one) if isinstance(one, (str, bytes)) else one


@pytest.fixture
def attributed(tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder with a file that has an attribute."""
    (tmp_path / "file").touch()
    try:
        os.setxattr(tmp_path / "file", KEY, b"a value")
    except OSError:
        pytest.skip("needs a file system with attributes")
    return tmp_path


@pytest.mark.parametrize("case", [case for case in CASES if here(case.name)], ids=lambda case: case.name)
def test_a_call_on_an_attribute_is_recorded(watch: Watch, attributed: pathlib.Path, case: Case) -> None:
    given: dict[object, object] = {
        FOLDER: os.open(attributed, os.O_RDONLY),
        FILE: os.open(attributed / "file", os.O_RDONLY),
    }
    missing: dict[object, object] = {FOLDER: given[FOLDER], FILE: 9999, b"file": b"none"}

    def work() -> None:
        os.chdir(attributed)
        os.setxattr("file", KEY, b"a value")  # a call before may have taken it away
        for words in (given, missing):
            call(case.name, *(said(one, words) for one in case.arguments))  # type: ignore[arg-type]

    worked, failed = watch.of(work, case.name)
    path, none = os.fsencode(attributed / "file"), os.fsencode(attributed / "none")
    assert worked.result is not None
    assert worked.result >= 0
    if FILE in case.arguments:
        assert dict(worked.arguments) == {"res": b"%d" % worked.result, "fd": b"<f>" + path, **case.texts}
        assert dict(failed.arguments) == {"res": b"EBADF", "fd": b"9999", **case.texts}
        return
    folder = {"dirfd": b"<d>" + os.fsencode(attributed)} if FOLDER in case.arguments else {}
    assert dict(worked.arguments) == {"res": b"%d" % worked.result, **folder, "path": path, **case.texts}
    assert dict(failed.arguments) == {"res": b"ENOENT", **folder, "path": none, **case.texts}
    assert failed.result == -errno.ENOENT
    assert worked.raw_arguments["path"] == b"file"


EMPTY = 0x1000  # AT_EMPTY_PATH
ITSELF = [
    Case("getxattrat", (FILE, None, EMPTY, KEY, GIVEN, 16), {}),
    Case("listxattrat", (FILE, None, EMPTY, BUFFER, 203), {}),
    Case("setxattrat", (FILE, None, EMPTY, KEY, GIVEN, 16), {}),
    Case("file_getattr", (FILE, None, NONE, 24, EMPTY), {}),
    Case("utimensat", (FILE, None, None, 0), {}),
]


@pytest.mark.parametrize("case", [case for case in ITSELF if here(case.name)], ids=lambda case: case.name)
def test_a_call_without_a_path_is_about_its_descriptor(
    sieve: Sieve, attributed: pathlib.Path, case: Case
) -> None:
    path = os.fsencode(attributed / "file")
    opened = os.open(path, os.O_RDONLY)

    def work() -> None:
        os.setxattr(path, KEY, b"a value")
        call(case.name, *(opened if one == FILE else one for one in case.arguments))  # type: ignore[arg-type]

    def passed(file: str) -> list[str]:
        found = sieve.seen(f"evt.type = {case.name} and fs.path.name = {file}", work)
        return [one.type for one in found if one.type == case.name]

    (event,) = [one for one in sieve.done(work) if one.type == case.name]
    if event.result is not None and event.result < 0:
        pytest.skip(f"needs {case.name} without a path, which this kernel refuses")
    assert passed(os.fsdecode(path)) == [case.name]
    assert passed("/elsewhere") == []
    os.close(opened)
