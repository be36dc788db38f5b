# SPDX-License-Identifier: Apache-2.0
"""An exec, with everything that is known of the process and its ancestors."""

from __future__ import annotations

import os
import pathlib
import shlex
import shutil
import subprocess
import threading
import time
from functools import partial

import pytest

from lanner_agent.kernel.probes import Probes
from lanner_engine.fields import model
from tests.kernel.conftest import ALL, ASKED, Watch, execute, on_all

pytestmark = pytest.mark.each_kernel

TRUE = "/usr/bin/true"


def resolved(path: str) -> bytes:
    return os.fsencode(pathlib.Path(path).resolve())


def only(events: list[model.Event]) -> model.Event:
    assert len(events) == 1, [e.type for e in events]
    return events[0]


def test_every_fact_of_the_process(watch: Watch) -> None:
    def work() -> None:
        os.setsid()
        os.setgid(2345)
        os.setuid(1234)
        execute(TRUE, "not-true", "one", "", "two\nlines")

    before = time.time_ns()
    event = only(watch.of(work, "execve"))
    process = event.process
    assert (event.type, event.result) == ("execve", 0)
    assert before < event.time < time.time_ns()
    assert process.comm == b"true"
    assert process.exe == b"not-true"
    assert process.args == (b"one", b"", b"two\nlines")
    assert process.exepath == resolved(TRUE)
    assert process.tid == process.pid == process.vpid == process.vtid
    assert process.ppid == os.getpid()
    assert (process.uid, process.gid) == (1234, 2345)
    assert process.loginuid == -1
    assert process.tty == 0
    assert process.sid == process.pgid == process.vsid == process.vpgid == process.pid
    assert process.nthreads == 1
    assert process.cap_effective == process.cap_permitted == 0
    assert process.exe_flags == 0
    stat = pathlib.Path(TRUE).stat()
    assert (process.exe_ino, process.exe_ctime, process.exe_mtime) == (
        stat.st_ino,
        stat.st_ctime_ns,
        stat.st_mtime_ns,
    )
    assert before - 10**8 < process.start <= event.time
    assert event.user.name == b"u1234"
    assert event.group == b"g2345"


def test_root_may_write_the_file(watch: Watch) -> None:
    event = only(watch.of(lambda: execute(TRUE, "true"), "execve"))
    assert event.process.exe_flags == model.EXE_WRITABLE
    assert event.arguments["flags"] == b"EXE_WRITABLE"
    assert event.process.cap_effective == _capability(b"CapEff")


@pytest.mark.parametrize(("owner", "mode", "flags"), [(1234, 0o555, model.EXE_WRITABLE), (0, 0o755, 0)])
def test_the_owner_may_write_the_file_whatever_its_mode(
    watch: Watch, tmp_path: pathlib.Path, owner: int, mode: int, flags: int
) -> None:
    program = tmp_path / "program"
    shutil.copy(TRUE, program)
    os.chown(program, owner, 0)
    program.chmod(mode)
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o011)

    def work() -> None:
        os.setgid(2345)
        os.setuid(1234)
        execute(str(program), "program")

    assert only(watch.of(work, "execve")).process.exe_flags == flags


def _capability(name: bytes) -> int:
    lines = pathlib.Path("/proc/self/status").read_bytes().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(name)), 16)


def test_ancestors_with_names_paths_and_arguments(watch: Watch) -> None:
    depth = 6
    script = "/bin/true last; :"
    scripts = [script]
    for _ in range(depth - 1):
        script = f"/bin/sh -c {shlex.quote(script)}; :"
        scripts.append(script)
    pid = os.getpid()
    subprocess.run(["/bin/sh", "-c", script], check=True)
    event = only([e for e in watch.everything() if e.type == "execve" and e.process.args == (b"last",)])
    chain = []
    process = event.process.parent
    while process is not None:
        chain.append(process)
        process = process.parent
    assert [(p.comm, p.args) for p in chain[:depth]] == [(b"sh", (b"-c", s.encode())) for s in scripts]
    assert {p.exepath for p in chain[:depth]} == {resolved("/bin/sh")}
    assert chain[depth].pid == pid
    assert chain[depth].exepath == resolved("/proc/self/exe")
    assert [p.start for p in chain] == sorted((p.start for p in chain), reverse=True)


@pytest.mark.parametrize("length", [4095, 4096, 4097, 100_000])
def test_arguments_are_kept_up_to_4_kib(watch: Watch, length: int) -> None:
    # the whole command line, argv[0] and the NULs too, is `length` bytes
    argument = "x" * (length - len("t\0\0"))
    before = {c.reason: c.value for c in watch.probes.counters() if c.event_class == "execve"}
    event = only(watch.of(lambda: execute(TRUE, "t", argument), "execve"))
    kept = argument.encode()[: 4096 - len("t\0")]
    assert event.process.args == (kept,)
    after = {c.reason: c.value for c in watch.probes.totals() if c.event_class == "execve"}
    reason = "arguments longer than 4 KiB"
    cut = after.get(reason, 0) - before.get(reason, 0)
    assert bool(cut) == event.process.args_cut == (length > 4096)


def test_a_memfd_has_its_flag(watch: Watch) -> None:
    def work() -> None:
        fd = os.memfd_create("pay\x1bload")
        os.write(fd, pathlib.Path(TRUE).read_bytes())
        os.execve(fd, ["true"], {})  # noqa: S606 (no shell is the point)

    event = only(watch.of(work, "execve", "execveat"))
    assert event.type == "execveat"
    assert event.process.exepath == b"memfd:pay\x1bload"
    assert event.process.exe_flags is not None
    assert event.process.exe_flags & model.EXE_FROM_MEMFD


def test_overlay_layers_have_their_flags(watch: Watch, tmp_path: pathlib.Path) -> None:
    for name in ("lower", "upper", "work", "merged"):
        (tmp_path / name).mkdir()
    shutil.copy(TRUE, tmp_path / "lower/image")
    folders = f"lowerdir={tmp_path}/lower,upperdir={tmp_path}/upper,workdir={tmp_path}/work"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", folders, str(tmp_path / "merged")], check=True)
    try:
        shutil.copy(TRUE, tmp_path / "merged/dropped")
        flags = {}
        for name in ("image", "dropped"):
            path = str(tmp_path / "merged" / name)
            flags[name] = only(watch.of(partial(execute, path, path), "execve")).process.exe_flags
    finally:
        subprocess.run(["umount", str(tmp_path / "merged")], check=True)
    assert flags == {
        "image": model.EXE_WRITABLE | model.EXE_LOWER_LAYER,
        "dropped": model.EXE_WRITABLE | model.EXE_UPPER_LAYER,
    }


def test_a_failed_exec_is_recorded_with_the_image_that_stays(watch: Watch) -> None:
    def work() -> None:
        try:
            execute("/nowhere/at\nall", "x")
        except FileNotFoundError:
            os._exit(0)

    event = only(watch.of(work, "execve"))
    assert event.result == -2
    assert event.arguments["filename"] == b"/nowhere/at\nall"
    assert event.process.exepath == resolved("/proc/self/exe")


def test_a_relative_path_is_joined_where_a_rule_asks_for_it(watch: Watch, tmp_path: pathlib.Path) -> None:
    def work() -> None:
        os.chdir(tmp_path)
        try:
            execute("./no", "x")
        except FileNotFoundError:
            os._exit(0)

    watch.probes.subscribe(ALL, ALL, on_all(frozenset({"evt.arg.filename"})))
    try:
        event = only(watch.of(work, "execve"))
    finally:
        watch.probes.subscribe(ALL, ALL, ASKED)
    assert event.arguments["filename"] == os.fsencode(tmp_path / "no")


def test_a_thread_shares_the_exec_of_its_process(watch: Watch, tmp_path: pathlib.Path) -> None:
    def work() -> None:
        thread = threading.Thread(target=lambda: os.open(str(tmp_path), os.O_RDONLY))
        thread.start()
        thread.join()

    event = only([e for e in watch.of(work, "openat") if e.fd and e.fd.name == os.fsencode(tmp_path)])
    assert event.process.tid != event.process.pid
    assert event.process.exepath == resolved("/proc/self/exe")
    assert event.process.nthreads == 2


def test_the_working_directory_is_recorded_with_every_event(watch: Watch, tmp_path: pathlib.Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()

    def work() -> None:
        os.chdir(tmp_path)
        os.mkdir("one", 0o700)
        os.chroot(inner)
        os.chdir("/")
        os.mkdir("two", 0o700)

    one, two = watch.of(work, "mkdir", "mkdirat")  # arm64 has only the second
    assert one.process.cwd == os.fsencode(tmp_path) + b"/"
    assert two.process.cwd == b"/"


def test_the_environment_is_recorded_and_bounded(watch: Watch) -> None:
    def work() -> None:
        variables = {"LD_PRELOAD": "/tmp/x.so", "BIG": "x" * 5000}
        os.execve("/bin/true", ["true"], variables)  # noqa: S606 (no shell is the point)

    event = next(event for event in watch.of(work, "execve") if event.result == 0)
    assert event.process.env is not None
    assert event.process.env[0] == b"LD_PRELOAD=/tmp/x.so"
    assert event.process.env[1] == b"BIG=" + b"x" * (4095 - len(b"LD_PRELOAD=/tmp/x.so\0BIG="))
    assert event.process.env_cut
    assert event.arguments["env"].startswith(b"LD_PRELOAD=/tmp/x.so BIG=xxx")
    assert event.arguments["cwd"] == os.fsencode(os.getcwd()) + b"/"


def test_what_no_rule_asks_is_not_recorded(watch: Watch, probes: Probes) -> None:
    probes.subscribe(ALL, ALL, on_all(frozenset({"proc.name"})))
    try:
        (event,) = watch.of(lambda: execute("/bin/true", "true"), "execve")
    finally:
        probes.subscribe(ALL, ALL, ASKED)
    assert (event.process.cwd, event.process.env) == (None, None)
