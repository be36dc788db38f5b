# SPDX-License-Identifier: Apache-2.0
"""sd_notify(3): ready, how it goes, signs of life, the end; over a socket. tests/deb has systemd itself."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lanner_agent.app.service_manager import ServiceManager
from lanner_agent.app.surface import Standing

STANDING = Standing(rules=1, events=1204, alerts=0, losses="3 LOST")
STATUS = "STATUS=1 rule, 1,204 events, 0 alerts, 3 LOST"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["{folder}/notify", "@lanner-test-{folder}"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """The value of $NOTIFY_SOCKET, and what listens there."""
    address = request.param.format(folder=tmp_path)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.bind(address.replace("@", "\0", 1))
        listening.settimeout(5)
        yield address, listening


def test_it_is_told_when_the_agent_watches_and_when_it_ends(manager: tuple[str, socket.socket]) -> None:
    address, listening = manager
    service = ServiceManager({"NOTIFY_SOCKET": address})
    assert service.listens
    service.ready(STANDING)
    assert listening.recv(4096).decode() == f"READY=1\n{STATUS}"
    service.stopping()
    assert listening.recv(4096).decode() == "STOPPING=1"


def test_signs_of_life_come_four_times_as_often_as_they_must(manager: tuple[str, socket.socket]) -> None:
    address, listening = manager
    clock = Clock()
    service = ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "20000000"}, clock)
    service.look(lambda: STANDING)
    assert listening.recv(4096).decode() == f"{STATUS}\nWATCHDOG=1"
    clock.now += 4.9
    service.look(lambda: pytest.fail("too soon"))
    clock.now += 0.2
    service.look(lambda: STANDING)
    assert listening.recv(4096).decode() == f"{STATUS}\nWATCHDOG=1"


@pytest.mark.parametrize("usec", ["", "0", "soon"])
def test_without_a_watchdog_there_is_the_status_alone(manager: tuple[str, socket.socket], usec: str) -> None:
    address, listening = manager
    ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": usec}).look(lambda: STANDING)
    assert listening.recv(4096).decode() == STATUS


@pytest.mark.parametrize("address", ["", "vsock:2:1", "relative"])
def test_where_nobody_is_to_be_told_nothing_is_asked(address: str) -> None:
    service = ServiceManager({"NOTIFY_SOCKET": address})
    assert not service.listens
    service.look(lambda: pytest.fail("it asked"))
    service.ready(STANDING)


def test_that_it_is_ready_is_told_again_until_it_is_heard(tmp_path: Path) -> None:
    address = str(tmp_path / "late")
    clock = Clock()
    service = ServiceManager({"NOTIFY_SOCKET": address}, clock)
    service.ready(STANDING)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.bind(address)
        listening.settimeout(5)
        service.look(lambda: STANDING)
        assert listening.recv(4096).decode() == f"READY=1\n{STATUS}"
        clock.now += 11
        service.look(lambda: STANDING)
        assert listening.recv(4096).decode() == STATUS


def test_a_manager_that_is_gone_holds_up_nothing(tmp_path: Path) -> None:
    service = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    service.ready(STANDING)
    service.look(lambda: STANDING)
