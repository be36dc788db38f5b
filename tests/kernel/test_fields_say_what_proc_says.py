# SPDX-License-Identifier: Apache-2.0
"""Fields as a rule reads them, of a process that is still there, against /proc and stat(2)."""

from __future__ import annotations

import os
import pathlib
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lanner_engine.ast import FieldRef
from lanner_engine.fields.model import Event
from lanner_engine.fields.reading import reader
from tests.kernel.conftest import Watch

pytestmark = pytest.mark.each_kernel

TICK_NS = 10**9 // os.sysconf("SC_CLK_TCK")
PYTHON = pathlib.Path("/proc/self/exe").resolve()


def value(event: Event, field: str, argument: bytes | None = None) -> object:
    return reader(FieldRef(field, argument))(event)


def started(pid: int | str) -> int:
    """Epoch ns, to a tick."""
    after_name = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    boot = time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return boot + int(after_name[19]) * TICK_NS


def status(pid: int | str) -> dict[str, str]:
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: rest.strip() for name, _, rest in (line.partition(":") for line in lines)}


@contextmanager
def opening(watch: Watch, tmp_path: pathlib.Path) -> Iterator[Event]:
    """An open by the leader of a session that goes on until the test has looked."""
    reading, writing = os.pipe()
    done, say = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writing)
        os.setsid()
        os.dup2(os.open("/dev/null", os.O_RDWR), 0)
        os.dup2(os.open(tmp_path, os.O_RDONLY), 1)
        os.dup2(reading, 2)
        os.umask(0)
        os.open(tmp_path / "made", os.O_CREAT | os.O_WRONLY, 0o755)
        os.write(say, b"!")
        os.read(reading, 1)
        os._exit(0)
    os.close(reading)
    assert os.read(done, 1) == b"!"
    try:
        (event,) = (e for e in watch.events(pid) if e.fd and e.fd.name == os.fsencode(tmp_path / "made"))
        yield event
    finally:
        for fd in (writing, done, say):
            os.close(fd)
        os.waitpid(pid, 0)


def test_of_a_process_and_its_maker(watch: Watch, tmp_path: pathlib.Path) -> None:
    with opening(watch, tmp_path) as opened:
        pid = opened.process.pid
        assert pid is not None
        own, command = (
            pathlib.Path("/proc/self/comm").read_bytes().strip(),
            pathlib.Path("/proc/self/cmdline"),
        )
        first, *rest = command.read_bytes().removesuffix(b"\0").split(b"\0")
        wanted = {
            "proc.ppid": os.getpid(),
            "proc.pvpid": os.getpid(),
            "proc.vpid": pid,
            "thread.tid": pid,
            "thread.vtid": pid,
            "thread.ismain": True,
            "thread.nametid": own + b"%d" % pid,
            "proc.nthreads": 1,
            "proc.nchilds": 0,
            "proc.pexe": first,
            "proc.pexepath": os.fsencode(PYTHON),
            "proc.is_sid_leader": True,
            "proc.is_pgid_leader": True,
            "proc.is_vpgid_leader": True,
            "group.gid": os.getgid(),
            "group.name": b"g%d" % os.getgid(),
            "proc.stdin.type": b"file",
            "proc.stdin.name": b"/dev/null",
            "proc.stdout.type": b"directory",
            "proc.stderr.type": b"pipe",
            "proc.is_exe_lower_layer": False,
        }
        assert {field: value(opened, field) for field in wanted} == wanted
        assert value(opened, "proc.acmdline", b"1") == b" ".join((own, *rest))
        for leader in ("proc.sid", "proc.pgid", "proc.vpgid"):
            assert value(opened, f"{leader}.exe") == first
            assert value(opened, f"{leader}.exepath") == os.fsencode(PYTHON)
        assert {value(opened, field) for field in ("proc.sname", "proc.pgid.name", "proc.vpgid.name")} == {
            own
        }
        assert str(value(opened, "proc.stderr.name")).startswith("b'pipe:[")
        assert value(opened, "proc.stdout.name") == value(opened, "fd.directory")


def test_of_times_and_the_executable(watch: Watch, tmp_path: pathlib.Path) -> None:
    with opening(watch, tmp_path) as opened:
        found = PYTHON.stat()
        pid = opened.process.pid or 0
        assert value(opened, "proc.exe_ino") == found.st_ino
        assert value(opened, "proc.exe_ino.ctime") == found.st_ctime_ns
        assert value(opened, "proc.exe_ino.mtime") == found.st_mtime_ns
        for field, whose in (
            ("proc.pid.ts", pid),
            ("proc.ppid.ts", os.getpid()),
            ("proc.pidns_init_start_ts", 1),
        ):
            said = value(opened, field)
            assert isinstance(said, int)
            assert abs(said - started(whose)) < 5 * TICK_NS, field
        start = opened.process.start or 0
        assert value(opened, "proc.exe_ino.ctime_duration_proc_start") == max(0, start - found.st_ctime_ns)
        since = found.st_ctime_ns - (opened.process.pidns_start or 0)
        assert value(opened, "proc.exe_ino.ctime_duration_pidns_start") == (since if since > 0 else None)
        assert value(opened, "proc.duration") == opened.time - start
        assert opened.process.parent is not None
        assert value(opened, "proc.ppid.duration") == opened.time - (opened.process.parent.start or 0)


def test_of_memory_and_capabilities(watch: Watch, tmp_path: pathlib.Path) -> None:
    with opening(watch, tmp_path) as opened:
        said = status(opened.process.pid or 0)
        assert int(said["CapInh"], 16) == opened.process.cap_inheritable
        names = value(opened, "thread.cap_inheritable")
        assert isinstance(names, bytes)
        assert len(names.split()) == int(said["CapInh"], 16).bit_count()
        resident, size = value(opened, "thread.vmrss"), value(opened, "thread.vmsize")
        assert isinstance(resident, int)
        assert isinstance(size, int)
        assert abs(size - int(said["VmSize"].split()[0])) < 1024
        assert value(opened, "thread.vmrss.b") == resident << 10
        assert value(opened, "thread.vmsize.b") == size << 10


def test_of_the_event_and_its_file(watch: Watch, tmp_path: pathlib.Path) -> None:
    with opening(watch, tmp_path) as opened:
        made = tmp_path / "made"
        found, folder, name = made.stat(), os.fsencode(tmp_path), os.fsencode(made)
        assert opened.fd is not None
        device = (os.major(found.st_dev), os.minor(found.st_dev))
        wanted = {
            "fd.dev.major": device[0],
            "fd.dev.minor": device[1],
            "fd.ino": found.st_ino,
            "fd.is_lower_layer": False,
            "fd.is_upper_layer": False,
            "fd.filename": b"made",
            "fd.containername": b"host:" + name,
            "fd.containerdirectory": b"host:" + folder,
            "fd.uid": b"%d%d" % (opened.process.tid or 0, opened.fd.num),
            "evt.is_open_create": True,
            "evt.is_open_exec": True,
            "evt.source": b"syscall",
            "evt.is_async": False,
            "evt.asynctype": None,
            "evt.count.exit": 1,
            "evt.count.error.memory": None,
            "evt.rawtime.s": opened.time // 10**9,
            "evt.info": value(opened, "evt.args"),
            "evt.datetime.s": time.strftime(
                "%Y-%m-%d %H:%M:%S", time.localtime(opened.time // 10**9)
            ).encode(),
        }
        assert {field: value(opened, field) for field in wanted} == wanted
