# SPDX-License-Identifier: Apache-2.0
"""A rule names a host; a connection to one of its addresses is an alert, as a real DNS server answers."""

from __future__ import annotations

import pathlib
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.agent.events import rules
from tests.story import deeds, name_server
from tests.story.agent import LANNER, Agent
from tests.story.name_server import NameServer

DATABASE, CACHE, OTHER = "127.77.0.1", "127.77.0.2", "127.77.0.3"


def rule(name: str) -> str:
    condition = f"evt.type = connect and fd.sip.name = {name}"
    return rules.text("Named server", condition=condition, output="to %fd.sip.name by %proc.cmdline")


@pytest.fixture(scope="module")
def servers() -> Iterator[int]:
    """Something listens on all addresses of this machine; its port."""
    with socket.create_server(("0.0.0.0", 0)) as listening:  # noqa: S104
        yield listening.getsockname()[1]


@pytest.fixture(scope="module")
def dns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NameServer]:
    names = {"db.shop.example": DATABASE, "cache.shop.example": CACHE}
    with name_server.serving(tmp_path_factory.mktemp("dns"), names) as server:
        yield server


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "rules.yaml"
    path.write_text(rule("db.shop.example"))
    return path


@contextmanager
def watching(file: pathlib.Path, dns: NameServer) -> Iterator[Agent]:
    """An agent whose machine asks this server; it must end well."""
    running = Agent(("--rules", file), command=dns.asking(LANNER, "run"))
    try:
        running.wait_until_watching()
        yield running
    finally:
        code = running.stop()
    assert code == 0, running.notes.text()


@pytest.fixture
def agent(file: pathlib.Path, dns: NameServer) -> Iterator[Agent]:
    with watching(file, dns) as running:
        yield running


def connect(address: str, port: int) -> str:
    """By a process whose command line holds the mark that is returned."""
    mark = deeds.marker()
    code = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2]))).close()"
    deeds.command(sys.executable, "-c", code, address, str(port), mark)
    return mark


def test_a_connection_to_a_named_host_is_an_alert(agent: Agent, servers: int) -> None:
    other = connect(OTHER, servers)
    agent.alerts.wait(f"to db.shop.example by .*{connect(DATABASE, servers)}")
    assert other not in agent.alerts.text()


def test_an_edit_names_another_host_without_a_restart(agent: Agent, servers: int, file: pathlib.Path) -> None:
    file.write_text(rule("cache.shop.example"))
    agent.notes.wait("rules reloaded")
    agent.alerts.wait(f"to cache.shop.example by .*{connect(CACHE, servers)}")
    agent.alerts.wait(f"to cache.shop.example by .*{connect(CACHE, servers)}")


def test_a_host_without_an_address_is_said_and_counted(dns: NameServer, file: pathlib.Path) -> None:
    file.write_text(rule("gone.shop.example"))
    with watching(file, dns) as agent:
        agent.notes.wait("the name gone.shop.example in rules has no address")
    assert re.search(r"names of hosts in rules:\n(.*\n)* +1  without an address", agent.notes.text())
