# SPDX-License-Identifier: Apache-2.0
"""Standard descriptors, kinds of all open ones, memory, faults and cgroups, when some rule asks."""

from __future__ import annotations

import os
import pathlib
import re
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lanner_engine.ast import FieldRef
from lanner_engine.fields.model import Event
from lanner_engine.fields.reading import reader
from tests.kernel.conftest import ALL, ASKED, Watch, execute, on_all

pytestmark = pytest.mark.each_kernel

MKDIR = ("mkdir", "mkdirat")  # arm64 has only the second
STANDARD = ("stdin", "stdout", "stderr")


def value(event: Event, field: str, argument: bytes | None = None) -> object:
    return reader(FieldRef(field, argument))(event)


@contextmanager
def connected(family: socket.AddressFamily, host: str) -> Iterator[tuple[int, bytes]]:
    """One end of a connection, and what fd.name says of it."""
    with socket.socket(family) as server:
        server.bind((host, 0))
        server.listen()
        with socket.create_connection(server.getsockname()[:2]) as client:
            ends = sorted([client.getpeername()[:2], client.getsockname()[:2]], key=lambda one: -int(one[1]))
            # nobody saw who called: the lower port is taken for the server's
            yield client.fileno(), b"->".join(b"%s:%d" % (host.encode(), port) for host, port in ends)


def executed(watch: Watch, fds: tuple[int, int, int], close: tuple[int, ...] = ()) -> Event:
    """An exec with these standard descriptors, of which those in `close` are closed."""

    def work() -> None:
        for number, fd in enumerate(fds):
            os.dup2(fd, number)
        for number in close:
            os.close(number)
        execute("/usr/bin/true", "true")

    (event,) = watch.of(work, "execve")
    return event


def standard(event: Event) -> list[object]:
    return [(value(event, f"proc.{one}.type"), value(event, f"proc.{one}.name")) for one in STANDARD]


def test_a_shell_behind_a_connection_shows(watch: Watch) -> None:
    """What reverse shells look like: all three are one socket."""
    with connected(socket.AF_INET, "127.0.0.1") as (fd, name):
        assert standard(executed(watch, (fd, fd, fd))) == [(b"ipv4", name)] * 3
    with connected(socket.AF_INET6, "::1") as (fd, name):
        assert standard(executed(watch, (fd, fd, fd))) == [(b"ipv6", name)] * 3


def test_files_pipes_and_closed_ones(watch: Watch, tmp_path: pathlib.Path) -> None:
    file = os.open(tmp_path / "out", os.O_CREAT | os.O_RDWR)
    reading, writing = os.pipe()
    event = executed(watch, (reading, file, file), close=(2,))
    assert standard(event)[1:] == [(b"file", os.fsencode(tmp_path / "out")), (None, None)]
    assert value(event, "proc.stdin.type") == b"pipe"
    for fd in (file, reading, writing):
        os.close(fd)


def test_devices_directories_memory_and_unix_sockets(watch: Watch, tmp_path: pathlib.Path) -> None:
    null, folder = os.open("/dev/null", os.O_RDWR), os.open(tmp_path, os.O_RDONLY)
    memory = os.memfd_create("hidden")
    one, other = socket.socketpair()
    assert standard(executed(watch, (null, folder, memory))) == [
        (b"file", b"/dev/null"),
        (b"directory", os.fsencode(tmp_path)),
        (b"memfd", b"memfd:hidden"),
    ]
    assert value(executed(watch, (one.fileno(), null, null)), "proc.stdin.type") == b"unix"
    one.close()
    other.close()
    for fd in (null, folder, memory):
        os.close(fd)


def in_a_bare_process(watch: Watch, work: Callable[[], None]) -> Event:
    """An event of a process with nothing open but what `work` opens."""

    def bare() -> None:
        os.closerange(0, 4096)
        work()

    return watch.of(bare, *MKDIR)[-1]


def test_the_kind_of_every_open_descriptor_is_known(watch: Watch, tmp_path: pathlib.Path) -> None:
    def work() -> None:
        os.open("/dev/null", os.O_RDONLY)
        os.pipe()
        os.eventfd(0)
        os.memfd_create("m")
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach()
        socket.socket(socket.AF_UNIX).detach()
        os.dup2(0, 70)
        os.mkdir(tmp_path / "x")

    event = in_a_bare_process(watch, work)
    assert value(event, "fd.types") == (b"file", b"unix", b"ipv4", b"memfd", b"event", b"pipe")
    assert value(event, "fd.types", b"70") == b"file"
    assert value(event, "fd.types", b"8") is None
    assert value(event, "proc.fdopencount") == 8


def test_many_descriptors_are_counted_and_255_told(watch: Watch, tmp_path: pathlib.Path) -> None:
    def work() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (800, 800))
        for _ in range(600):
            os.open("/dev/null", os.O_RDONLY)
        os.mkdir(tmp_path / "x")

    event = in_a_bare_process(watch, work)
    assert value(event, "fd.types") == (b"file",)
    assert value(event, "fd.types", b"254") == b"file"
    assert value(event, "fd.types", b"255") is None
    assert value(event, "proc.fdopencount") == 600
    assert value(event, "proc.fdlimit") == 800
    assert value(event, "proc.fdusage") == 75.0


def test_memory_and_faults_are_those_of_proc(watch: Watch, tmp_path: pathlib.Path) -> None:
    reading, writing = os.pipe()

    def work() -> None:
        status = pathlib.Path("/proc/self/status").read_text()
        stat = pathlib.Path("/proc/self/stat").read_text().rpartition(") ")[2].split()
        sizes = [re.search(rf"{name}:\s+(\d+)", status)[1] for name in ("VmSize", "VmRSS", "VmSwap")]  # type: ignore[index]
        os.write(writing, " ".join([*sizes, stat[7], stat[9]]).encode())
        os.mkdir(tmp_path / "x")

    (event,) = watch.of(work, *MKDIR)
    size, rss, swap, minor, major = map(int, os.read(reading, 200).split())
    assert value(event, "proc.vmsize") == value(event, "thread.vmsize") == size
    # the kernel counts per CPU and in batches: /proc adds up, a hurried reader does not
    assert abs(int(str(value(event, "proc.vmrss"))) - rss) <= 4 * 64 * (os.cpu_count() or 1) * 3
    assert value(event, "proc.vmswap") == swap
    assert value(event, "thread.vmsize.b") == size * 1024
    assert minor <= int(str(value(event, "thread.pfminor"))) <= minor + 1000
    assert value(event, "thread.pfmajor") == major
    os.close(reading)
    os.close(writing)


def test_an_exec_shows_them_as_parameters(watch: Watch) -> None:
    (event,) = watch.of(lambda: execute("/usr/bin/true", "true"), "execve")
    assert event.raw_arguments["fdlimit"] == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert int(event.arguments["vm_size"]) > 0
    assert event.arguments["cgroups"] == value(event, "thread.cgroups")


def test_the_cgroup_of_every_controller_is_known(watch: Watch, tmp_path: pathlib.Path) -> None:
    expected: dict[bytes, bytes] = {}
    for line in pathlib.Path("/proc/self/cgroup").read_bytes().splitlines():
        _, controllers, path = line.split(b":", 2)
        expected |= dict.fromkeys(controllers.split(b","), path)
    unified = expected.pop(b"", None)
    (event,) = watch.of(lambda: os.mkdir(tmp_path / "x"), *MKDIR)
    found = event.process.cgroups
    assert found is not None
    for name, path in expected.items():
        known = b"io" if name == b"blkio" else name
        if known in found and not name.startswith(b"name="):
            assert found[known] == path
            assert value(event, "thread.cgroup", known) == path
    assert unified is None or expected or unified.startswith(tuple(found.values()))
    assert value(event, "thread.cgroup", b"no-such") is None
    assert re.fullmatch(rb"(\w+=/\S* ?)+", bytes(str(value(event, "thread.cgroups")), "utf-8")[2:-1])


@pytest.mark.parametrize("field", ["proc.stdin.type", "fd.types", "proc.vmsize", "thread.cgroups"])
def test_one_asked_field_costs_the_others_nothing(watch: Watch, field: str) -> None:
    fields = {"proc.stdin.type", "fd.types", "proc.vmsize", "thread.cgroups"}
    watch.probes.subscribe(ALL, ALL, on_all(frozenset({field})))
    try:
        (event,) = watch.of(lambda: os.kill(os.getpid(), signal.SIGCONT), "kill")
    finally:
        watch.probes.subscribe(ALL, ALL, ASKED)
    assert {one for one in fields if value(event, one) is not None} == {field}
