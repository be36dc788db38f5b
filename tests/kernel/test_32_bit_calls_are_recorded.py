# SPDX-License-Identifier: Apache-2.0
"""32-bit calls of any process are recorded as what they are; what cannot be read is counted by name."""

from __future__ import annotations

import errno
import os
import pathlib
import signal
import socket
import subprocess

import pytest

from lanner_agent.decode.event import Event
from lanner_agent.kernel.probes import Probes
from tests.kernel.calling_32 import Calls32, possible
from tests.kernel.conftest import Watch

FORK, OPEN, EXECVE, CHMOD, RENAME, SOCKETCALL, OPENAT, UMOUNT = 2, 5, 11, 15, 38, 102, 295, 22
OLD_MMAP, MMAP2 = 90, 192
pytestmark = [
    pytest.mark.each_kernel,
    pytest.mark.skipif(not possible(), reason="this kernel takes no 32-bit calls"),
]


def test_an_open_names_the_file(watch: Watch) -> None:
    def work() -> None:
        calls = Calls32()
        os.chdir("/etc")
        calls.call(OPEN, b"../etc/hostname", os.O_RDONLY, 0)
        calls.call(OPENAT, os.open("/etc", os.O_PATH), b"missing", os.O_WRONLY, 0)

    events = watch.of(work, "open", "openat")
    opened = next(e for e in events if e.fd and e.fd.nameraw == b"../etc/hostname")
    missing = next(e for e in events if e.fd and e.fd.nameraw == b"missing")
    assert opened.fd is not None
    assert missing.fd is not None
    assert (opened.type, opened.fd.name, opened.open_read) == ("open", b"/etc/hostname", True)
    assert opened.fd.ino == pathlib.Path("/etc/hostname").stat().st_ino
    assert opened.arguments["flags"] == b"O_RDONLY"
    assert (missing.type, missing.fd.name, missing.open_write) == ("openat", b"/etc/missing", True)
    assert missing.result == -errno.ENOENT


def test_calls_on_names_have_their_arguments(watch: Watch, tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").touch()

    def work() -> None:
        calls = Calls32()
        os.chdir(tmp_path)
        calls.call(CHMOD, b"file", 0o640)
        calls.call(RENAME, b"file", b"new")

    mode, rename = watch.of(work, "chmod", "rename")
    file, new = os.fsencode(tmp_path / "file"), os.fsencode(tmp_path / "new")
    assert dict(mode.arguments) == {"res": b"0", "filename": file, "mode": b"S_IRGRP|S_IWUSR|S_IRUSR"}
    assert dict(rename.arguments) == {"res": b"0", "oldpath": file, "newpath": new}
    assert rename.fs_target is not None
    assert rename.fs_target.path == new


def test_a_call_that_only_32_bit_programs_have(watch: Watch, tmp_path: pathlib.Path) -> None:
    def work() -> None:
        calls = Calls32()
        os.chdir(tmp_path)
        calls.call(UMOUNT, b"nothing/../mounted")
        subprocess.run(["mount", "-t", "tmpfs", "none", tmp_path], check=True)
        calls.call(UMOUNT, os.fsencode(tmp_path))

    failed, done = watch.of(work, "umount")
    assert dict(failed.arguments) == {"res": b"ENOENT", "name": os.fsencode(tmp_path / "mounted")}
    assert failed.raw_arguments["name"] == b"nothing/../mounted"
    assert (done.result, done.arguments["name"]) == (0, os.fsencode(tmp_path))
    assert done.fs_path is not None
    assert done.fs_path.path == os.fsencode(tmp_path)


def test_programs_and_children_are_seen(watch: Watch) -> None:
    def work() -> None:
        calls = Calls32()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        calls.call(EXECVE, b"/missing", 0, 0)
        if calls.call(FORK) == 0:
            os._exit(0)
        calls.call(EXECVE, b"/bin/true", calls.words(calls.place(b"a lie"), 0), 0)

    failed, made, executed = (e for e in watch.of(work, "execve", "fork") if isinstance(e, Event))
    assert (failed.type, failed.result, failed.filename()) == ("execve", -errno.ENOENT, b"/missing")
    assert (made.type, made.result) == ("fork", made.child()[0])
    assert (executed.type, executed.filename()) == ("execve", b"/bin/true")
    assert (executed.process.exe, executed.process.args) == (b"a lie", ())


def test_memory_is_mapped(watch: Watch) -> None:
    def work() -> None:
        calls = Calls32()
        calls.call(MMAP2, 0, 4096, 5, 0x22, -1)
        calls.call(MMAP2, 0, 0, 7, 0x22, -1)

    with watch.wanting("mmap2"):
        made, failed = watch.of(work, "mmap2")
    unasked = {"vm_size": b"0", "vm_rss": b"0", "vm_swap": b"0"}
    given = {**unasked, "addr": b"0", "flags": b"MAP_PRIVATE|MAP_ANONYMOUS", "fd": b"EPERM"}
    of_code = {name: text for name, text in made.arguments.items() if name != "pgoffset"}  # chance
    assert of_code == {
        "res": b"%d" % (made.result or 0),
        "length": b"4096",
        "prot": b"PROT_READ|PROT_EXEC",
        **given,
    }
    assert 0 < (made.result or 0) < 1 << 32
    everything = b"PROT_READ|PROT_WRITE|PROT_EXEC"
    of_nothing = {name: text for name, text in failed.arguments.items() if name != "pgoffset"}
    assert of_nothing == {"res": b"EINVAL", "length": b"0", "prot": everything, **given}
    assert isinstance(failed.raw_arguments["pgoffset"], int)


def test_what_was_mapped_by_the_old_number_is_counted(watch: Watch, probes: Probes) -> None:
    before = _counted(probes)

    def work() -> None:
        calls = Calls32()
        calls.call(OLD_MMAP, calls.words(0, 4096, 5, 0x22, 0xFFFFFFFF, 0))

    with watch.wanting("mmap"):
        events = watch.of(work, "mmap")
    assert not [event for event in events if event.arguments["prot"] == b"PROT_READ|PROT_EXEC"]
    assert _counted(probes)["mmap"] - before.get("mmap", 0) == 1


def test_what_cannot_be_read_is_counted_under_its_name(watch: Watch, probes: Probes) -> None:
    before = _counted(probes)

    def work() -> None:
        calls = Calls32()
        with socket.socket() as client:
            calls.call(SOCKETCALL, 3, calls.words(client.fileno(), 0, 0))
            calls.call(SOCKETCALL, 4, calls.words(client.fileno(), 1))

    assert watch.of(work, "connect", "listen") == []
    after = _counted(probes)
    assert {name: after[name] - before.get(name, 0) for name in ("connect", "listen")} == {
        "connect": 1,
        "listen": 1,
    }
    assert all(counter.lost for counter in probes.counters() if counter.reason == "32-bit system call")


def _counted(probes: Probes) -> dict[str, int]:
    return {one.event_class: one.value for one in probes.counters() if one.reason == "32-bit system call"}
