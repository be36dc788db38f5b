# SPDX-License-Identifier: Apache-2.0
"""A server that ran before the agent, on the host and as the first process of a container, does what goes
round the public rules elsewhere: relative names, another name, a shell far below it, its own program opened.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.containers import runtime
from tests.story import deeds, public_rules, workers
from tests.story.agent import Agent, watching
from tests.story.inside import LENDING, PYTHON

DEFAULT_RULES = pathlib.Path(__file__).parents[2] / "charts/lanner/rules"
# It does what is written to a FIFO, whose path is its last argument.
SERVER = "import ctypes, os, subprocess, sys\nwhile True: exec(open(sys.argv[-1]).read())"
HOME = f"PYTHONHOME={sys.base_prefix}"
CONTAINER, HOST = "container", "host"


@dataclass(frozen=True, slots=True)
class Server:
    """Called httpd; its command line ends with `orders`."""

    folder: pathlib.Path
    orders: pathlib.Path

    def do(self, code: str) -> None:
        self.orders.write_text(code)


def prepared(folder: pathlib.Path) -> tuple[Server, list[str]]:
    """A server and its command."""
    program, orders = folder / "httpd", folder / deeds.marker()
    program.symlink_to(pathlib.Path(PYTHON).resolve())
    os.mkfifo(orders)
    return Server(folder, orders), [str(program), "-c", SERVER, str(orders)]


@pytest.fixture(scope="module")
def on_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server, command = prepared(tmp_path_factory.mktemp("host"))
    home = {"PYTHONHOME": sys.base_prefix}
    with subprocess.Popen(command, env={**os.environ, **home}) as process:
        yield server
        process.kill()


@pytest.fixture(scope="module")
def in_container(
    containerd: runtime.Containerd, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    server, command = prepared(tmp_path_factory.mktemp("container"))
    shared = ("--mount", f"type=bind,src={server.folder},dst={server.folder},options=bind:rw")
    full_id = containerd.run(*command, options=(*LENDING, *shared, "--env", HOME))
    yield server
    containerd.remove(full_id)


@pytest.fixture(scope="module")
def servers(on_host: Server, in_container: Server) -> dict[str, Server]:
    return {HOST: on_host, CONTAINER: in_container}


@pytest.fixture(scope="module")
def agent(containerd: runtime.Containerd, servers: dict[str, Server]) -> Iterator[Agent]:
    """One agent with the public rules and the default ones, each of which may speak; the servers run."""
    assert servers
    rules = ("--rules", public_rules.path(), "--rules", DEFAULT_RULES, "--match", "all")
    with watching(*rules, "--cri-socket", containerd.socket) as running:
        yield running


@pytest.fixture(params=[HOST, CONTAINER])
def server(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Server:
    found: Server = servers[request.param]
    return found


def test_a_link_to_a_sensitive_file_by_relative_names(agent: Agent, server: Server) -> None:
    server.do(
        f"os.chdir({str(server.folder)!r}); os.symlink('/etc/shadow', 'soft')\n"
        "os.chdir('/etc')\n"
        f"try: os.link('shadow', '{server.folder}/hard')\n"
        "except OSError: pass\n"
        f"else: os.remove('{server.folder}/hard')"
    )
    for kind in ("Symlinks", "Hardlinks"):
        link = server.folder / kind[:4].lower().replace("syml", "soft")
        said = f"target=/etc/shadow linkpath={link} .*{server.orders.name}"
        agent.alerts.wait(rf"{kind} created over sensitive files \| {said}")


def test_a_sensitive_file_under_a_name_that_is_excepted(agent: Agent, server: Server) -> None:
    server.do(
        "assert ctypes.CDLL(None).prctl(15, b'sshd', 0, 0, 0) == 0; os.open('/etc/shadow', os.O_RDONLY)"
    )
    said = rf"non-trusted program \| file=/etc/shadow .*{server.orders.name}"
    assert " process=httpd " in agent.alerts.wait(said).text


def test_a_sensitive_file_by_a_worker_of_io_uring_under_such_a_name(agent: Agent, server: Server) -> None:
    before = len(agent.alerts.all())
    server.do("assert ctypes.CDLL(None).prctl(15, b'sshd', 0, 0, 0) == 0\n" + workers.reading("/etc/shadow"))
    said = rf"non-trusted program \| file=/etc/shadow .*{server.orders.name}"
    assert " process=httpd " in agent.alerts.wait(said, after=before).text


def test_a_shell_twelve_levels_below_a_server(agent: Agent, server: Server) -> None:
    mark = deeds.marker()
    server.do(f"subprocess.run(['/usr/bin/timeout', '60'] * 11 + ['/bin/sh', '-c', ': {mark}'])")
    line = agent.alerts.wait(rf"Shell spawned by untrusted binary \| .* command=sh -c : {mark}").text
    assert " parent=timeout " in line
    assert " aname[7]=timeout " in line


def test_a_shell_behind_a_double_fork(agent: Agent, server: Server) -> None:
    mark = deeds.marker()
    server.do(
        "if os.fork(): os.wait()\n"
        "elif os.fork(): os._exit(0)\n"
        f"else: os.execv('/usr/bin/timeout', ['timeout', '60', '/bin/sh', '-c', ': {mark}'])"
    )
    agent.alerts.wait(rf"Shell spawned by untrusted binary \| .* command=sh -c : {mark}")


def test_the_running_program_of_a_container_is_opened_for_writing(
    agent: Agent, servers: dict[str, Server]
) -> None:
    server = servers[CONTAINER]
    server.do("try: os.open('/proc/self/exe', os.O_WRONLY)\nexcept OSError: pass")
    said = rf"file=\S+ given=/proc/self/exe .*{server.orders.name}"
    agent.alerts.wait(rf"Critical A running program was opened for writing \({said}")
