# SPDX-License-Identifier: Apache-2.0
"""One event alone says everything: nothing that came before is recorded for its sake, so what was lost before
does not make it wrong.
"""

from __future__ import annotations

import os
import pathlib
import platform
import sys

import pytest

from lanner_agent.decode.event import Event
from lanner_agent.kernel.probes import Probes
from tests.kernel.conftest import ALL, ASKED, Watch

pytestmark = pytest.mark.each_kernel

ONLY = frozenset({"mkdir" if platform.machine() == "x86_64" else "mkdirat"})  # what os.mkdir calls
CODE = """
import ctypes, os, socket, sys
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
os.dup2(client.fileno(), 0)
os.chdir(sys.argv[1])
os.setsid()
os.setgid(2345)
os.setuid(1234)
ctypes.CDLL(None).prctl(15, b"another")
file = os.open("before", os.O_CREAT | os.O_WRONLY, 0o600)
os.dup2(file, 1)
os.rename("before", "after")
os.mkdir("made")
"""


def test_nothing_is_recorded_but_what_is_wanted_and_it_is_right(
    watch: Watch, probes: Probes, tmp_path: pathlib.Path
) -> None:
    tmp_path.chmod(0o777)
    maker = os.getpid()

    def work() -> None:
        """A process whose own parent has ended executes a program with arguments and an environment."""
        if os.fork():
            os._exit(0)
        while os.getppid() == middle:
            pass
        arguments = [sys.executable, "-c", CODE, str(tmp_path)]
        os.execve(sys.executable, arguments, {"SHOWN": "yes"})  # noqa: S606 (no shell is the point)

    probes.subscribe(ONLY, ONLY, ASKED)
    try:
        reading, writing = os.pipe()
        os.set_inheritable(writing, True)
        middle = os.fork()
        if middle == 0:
            middle = os.getpid()
            os.close(reading)
            work()
        os.close(writing)
        os.waitpid(middle, 0)
        os.read(reading, 1)  # the end: the last one that holds the other end has ended
        os.close(reading)
        events = watch.everything()
    finally:
        probes.subscribe(ALL, ALL, ASKED)
    assert {event.type for event in events} == ONLY
    (event,) = (event for event in events if event.process.cwd == os.fsencode(tmp_path) + b"/")
    assert isinstance(event, Event)
    process = event.process
    assert process.exepath == os.fsencode(pathlib.Path(sys.executable).resolve())
    assert process.args == (b"-c", CODE.encode(), os.fsencode(tmp_path))
    assert process.env == (b"SHOWN=yes",)
    name = pathlib.Path(sys.executable).name.encode()
    assert (process.comm, process.uid, process.gid) == (name, 1234, 2345)
    assert process.sid == process.pid == process.pgid
    standard_input, output = process.standard(0), process.standard(1)
    assert standard_input is not None
    assert output is not None
    assert standard_input.type == b"ipv4"
    assert output.name == os.fsencode(tmp_path / "after")
    assert process.parent is not None
    assert process.parent.pid not in {middle, maker}
    assert process.creators[0].pid == middle
