# SPDX-License-Identifier: Apache-2.0
"""Calls in x32's numbers hide nothing: any 64-bit program may make them, and where the kernel was built
without them (CONFIG_X86_X32_ABI) the attempt fails under the name of the call.
"""

from __future__ import annotations

import ctypes
import errno
import os
import pathlib
import platform

import pytest

from lanner_agent.decode.event import Event
from lanner_agent.kernel.probes import Probes
from tests.kernel.conftest import Watch

X32, GETPID, OPENAT, RENAME, SENDMSG, EXECVE = 0x40000000, 39, 257, 82, 518, 520
_LIBC = ctypes.CDLL(None, use_errno=True)
pytestmark = [
    pytest.mark.each_kernel,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86-64 has x32 calls"),
]


def _call(number: int, *arguments: int | bytes | None) -> int:
    made = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result: int = _LIBC.syscall(ctypes.c_long(X32 | number), *made)
    return -ctypes.get_errno() if result == -1 else result


def _expected(error: int) -> int:
    """`error`, or what this kernel answers to every x32 call."""
    return -error if _call(GETPID) == os.getpid() else -errno.ENOSYS


def test_numbers_of_64_bit_calls_are_those_calls(watch: Watch, tmp_path: pathlib.Path) -> None:
    def work() -> None:
        os.chdir(tmp_path)
        _call(OPENAT, -100, b"missing", os.O_RDONLY, 0)
        _call(RENAME, b"old", b"new")

    opened, renamed = watch.of(work, "openat", "rename")
    assert opened.fd is not None
    assert (opened.type, opened.result) == ("openat", _expected(errno.ENOENT))
    assert (opened.fd.name, opened.open_read) == (os.fsencode(tmp_path / "missing"), True)
    assert (renamed.type, renamed.result) == ("rename", _expected(errno.ENOENT))
    paths = os.fsencode(tmp_path / "old"), os.fsencode(tmp_path / "new")
    assert (renamed.arguments["oldpath"], renamed.arguments["newpath"]) == paths


def test_calls_with_numbers_of_their_own_are_known_by_them(watch: Watch) -> None:
    def work() -> None:
        _call(EXECVE, b"/missing", None, None)

    (failed,) = (e for e in watch.of(work, "execve") if isinstance(e, Event))
    assert (failed.type, failed.result, failed.filename()) == (
        "execve",
        _expected(errno.ENOENT),
        b"/missing",
    )


def test_messages_are_counted_under_their_name(watch: Watch, probes: Probes) -> None:
    def work() -> None:
        _call(SENDMSG, -1, None, 0)

    before = _counted(probes)
    assert watch.of(work, "sendmsg") == []
    assert _counted(probes) == before + 1


def _counted(probes: Probes) -> int:
    found = (c for c in probes.counters() if c.reason == "32-bit system call" and c.event_class == "sendmsg")
    return sum(counter.value for counter in found)
