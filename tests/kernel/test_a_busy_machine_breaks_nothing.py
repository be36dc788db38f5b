# SPDX-License-Identifier: Apache-2.0
"""Beside programs that open files and connect at full speed the probes' tests pass, in little memory."""

from __future__ import annotations

import pathlib
import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.kernel import scope

FOLDER = pathlib.Path(__file__).parent
BESIDE = (
    "test_an_open_is_recorded.py",
    "test_calls_on_sockets_are_recorded.py",
    "test_many_messages_are_an_event_each.py",
    "test_nothing_fools_a_connection.py",
    "test_processes_are_followed.py",
)
OPENS = "import os\nwhile True: os.close(os.open('/etc/hostname', os.O_RDONLY))"
CONNECTS = """
import socket
listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
while True:
    with socket.create_connection(listening.getsockname()) as client:
        client.sendall(b"x")
        listening.accept()[0].close()
"""
MEMORY_MIB = 500
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def flood() -> Iterator[None]:
    """Outside of what is watched, as any other program of the machine."""
    running = [subprocess.Popen([sys.executable, "-c", code]) for code in (OPENS, CONNECTS)]
    try:
        for process in running:
            (scope.ROOT / "cgroup.procs").write_text(str(process.pid))
        yield
        assert all(process.poll() is None for process in running)
    finally:
        for process in running:
            process.kill()
            process.wait()


@pytest.mark.usefixtures("flood")
def test_the_tests_of_the_probes_pass_beside_it() -> None:
    files = [str(FOLDER / name) for name in BESIDE]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:]
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < MEMORY_MIB << 10
