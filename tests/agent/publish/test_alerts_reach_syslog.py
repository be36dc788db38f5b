# SPDX-License-Identifier: Apache-2.0
"""The output `syslog` with a real rsyslog: each way to it, what it makes of a message, and its restarts."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from lanner_agent.publish.sending import delivery
from lanner_agent.publish.sending.delivery import Delivery
from lanner_agent.publish.settings.syslog import SyslogSettings
from lanner_agent.publish.syslog import output as syslog
from tests.agent.publish import receiver
from tests.agent.publish.deliveries import alert, delivering, rule, until

RSYSLOGD = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin")
GNUTLS = next(Path("/usr/lib").glob("*/rsyslog/lmnsd_gtls.so"), None)
needs_tls = pytest.mark.skipif(GNUTLS is None, reason="needs rsyslog-gnutls (packages.txt, group test)")
needs_rsyslog = pytest.mark.skipif(RSYSLOGD is None, reason="needs rsyslog (packages.txt, group test)")
CONFIG = r"""
global(workDirectory="{folder}" maxMessageSize="64k")
module(load="imudp") input(type="imudp" address="127.0.0.1" port="{port}")
module(load="imtcp") input(type="imtcp" address="127.0.0.1" port="{port}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{folder}/log" RateLimit.Interval="0")
input(type="imuxsock" Socket="{folder}/5424" UseSpecialParser="off" ParseHostname="on" IgnoreTimestamp="off")
template(name="parts" type="string" string="%syslogfacility-text%.%syslogseverity-text% %hostname% \
%app-name% %msgid% %timereported:::date-rfc3339%%msg%\n")
action(type="omfile" file="{folder}/parts" template="parts")
action(type="omfile" file="{folder}/traditional" template="RSYSLOG_TraditionalFileFormat")
"""
SECURE = r"""
global(DefaultNetstreamDriverCAFile="{folder}/ca.crt" DefaultNetstreamDriverCertFile="{folder}/server.crt"
       DefaultNetstreamDriverKeyFile="{folder}/server.key")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/name"
       PermittedPeer="client")
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="parts" type="string" string="%syslogseverity-text% %app-name%%msg%\n")
action(type="omfile" file="{folder}/parts" template="parts")
"""
HEAD = "node1 lanner alert 2023-11-14T22:13:20."
LINE = (
    "Notice a shell was spawned (command=sh -c id user=root pid={pid}) container_id=0123456789ab "
    "container_name=app container_image_repository=docker.io/library/nginx container_image_tag=1.27 "
    "k8s_pod_name=web-0 k8s_ns_name=shop"
)


class Rsyslog:
    """The daemon, in the foreground, with everything of its own in one folder."""

    def __init__(self, folder: Path, config: str = CONFIG) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        (folder / "conf").write_text(config.format(folder=folder, port=self.port))
        self.start()

    def start(self) -> None:
        command = [RSYSLOGD or "", "-n", "-f", str(self.folder / "conf"), "-i", str(self.folder / "pid")]
        with (self.folder / "words").open("ab") as words:
            self._process = subprocess.Popen(command, stdout=words, stderr=words)
        until(self._listens)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def _listens(self) -> bool:
        with socket.socket() as trying:
            return trying.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def rsyslog(tmp_path: Path) -> Iterator[Rsyslog]:
    one = Rsyslog(tmp_path)
    yield one
    one.stop()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(delivery, "FIRST_S", 0.02)
    monkeypatch.setattr(delivery, "LONGEST_S", 0.1)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def writing(said: list[str], **settings: object) -> Delivery:
    return delivering(syslog.made, said, syslog=settings)


@needs_rsyslog
@pytest.mark.parametrize("way", ["udp", "tcp", "unix"])
def test_a_message_has_time_host_and_severity_of_its_alert(rsyslog: Rsyslog, way: str) -> None:
    said: list[str] = []
    address = f"unix://{rsyslog.folder}/5424" if way == "unix" else f"{way}://127.0.0.1:{rsyslog.port}"
    one = writing(said, address=address, facility="authpriv")
    one.offer(alert(7))
    one.offer(alert(8, rule("CRITICAL")))
    until(lambda: len(rsyslog.lines("parts")) == 2)
    one.close()
    assert rsyslog.lines("parts") == [
        f"authpriv.notice {HEAD}130456Z22:13:20.130456789: {LINE.format(pid=7)}",
        f"authpriv.crit {HEAD}131456Z22:13:20.131456789: {LINE.format(pid=8)}".replace("Notice", "Critical"),
    ]
    assert (one.counts(), said) == ({"sent": 2}, [])


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Rsyslog]:
    """Takes messages over TLS only, of a client that its authority knows."""
    one = Rsyslog(receiver.certificates(tmp_path), SECURE)
    yield one
    one.stop()


def shown(folder: Path, **more: str) -> dict[str, str]:
    """Settings of one whom the daemon knows."""
    names = {"ca_file": "ca.crt", "certificate_file": "client.crt", "key_file": "client.key", **more}
    return {name: str(folder / file) for name, file in names.items()}


@needs_rsyslog
@needs_tls
def test_over_tls_both_sides_prove_who_they_are_and_a_restart_loses_nothing(secure: Rsyslog) -> None:
    said: list[str] = []
    one = writing(said, address=f"tls://localhost:{secure.port}", **shown(secure.folder))
    for number in range(100):
        one.offer(alert(number, rule("CRITICAL")))
    until(lambda: len(secure.lines("parts")) == 100)
    secure.stop()
    for number in range(100, 300):
        one.offer(alert(number, rule("CRITICAL")))
    until(lambda: said)
    secure.start()
    until(lambda: len(secure.lines("parts")) >= 300)
    one.close()
    assert secure.lines("parts")[0].startswith("crit lanner22:13:20.123456789: Critical a shell was spawned")
    found = [int(line.split("pid=")[1].split(")")[0]) for line in secure.lines("parts")]
    assert list(dict.fromkeys(found)) == [*range(300)]
    assert one.lost() == {}
    assert "works again" in said[-1]


@needs_rsyslog
@needs_tls
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"ca_file": "other.crt"}, "certificate verify failed: "),
        ({"certificate_file": "none.crt"}, "none.crt"),
        ({"certificate_file": "other.crt", "key_file": "other.key"}, "the daemon ended the connection"),
    ],
)
def test_over_tls_a_certificate_that_is_not_known_is_said_and_nothing_arrives(
    secure: Rsyslog, wrong: dict[str, str], words: str
) -> None:
    said: list[str] = []
    one = writing(said, address=f"tls://localhost:{secure.port}", **shown(secure.folder, **wrong))
    one.offer(alert(1))
    until(lambda: said)
    one.close()
    assert words in said[0]
    assert secure.lines("parts") == []


def test_certificates_without_tls_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="are for tls://HOST:PORT"):
        SyslogSettings.model_validate({"address": "tcp://a:1", **shown(tmp_path)})


@needs_rsyslog
def test_the_local_socket_gets_the_line_that_programs_write(rsyslog: Rsyslog) -> None:
    one = writing([], address=f"unix://{rsyslog.folder}/log", header="local")
    one.offer(alert(7))
    until(lambda: rsyslog.lines("traditional"))
    one.close()
    (line,) = rsyslog.lines("traditional")
    when, said = line[:16], line[16:]  # rsyslog writes when it came, and whose socket it is
    assert re.fullmatch(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d ", when)
    assert said == f"{socket.gethostname()} lanner: 22:13:20.130456789: {LINE.format(pid=7)}"
    assert rsyslog.lines("parts")[0].startswith("user.notice ")


@needs_rsyslog
def test_a_daemon_that_restarts_gets_every_message_over_tcp(rsyslog: Rsyslog) -> None:
    said: list[str] = []
    one = writing(said, address=f"tcp://127.0.0.1:{rsyslog.port}")
    for number in range(100):
        one.offer(alert(number))
    until(lambda: len(rsyslog.lines("parts")) == 100)
    rsyslog.stop()
    for number in range(100, 300):
        one.offer(alert(number))
    until(lambda: said)
    rsyslog.start()
    until(lambda: len(rsyslog.lines("parts")) >= 300)
    one.close()
    found = [int(line.split("pid=")[1].split(")")[0]) for line in rsyslog.lines("parts")]
    assert list(dict.fromkeys(found)) == [*range(300)]
    assert one.lost() == {}
    assert re.search("Connection re(set|fused)|ended the connection", said[0])
    assert "works again" in said[-1]


@needs_rsyslog
def test_what_is_too_long_is_cut_between_characters_and_counted(rsyslog: Rsyslog) -> None:
    one = writing([], address=f"udp://127.0.0.1:{rsyslog.port}", max_size=480)
    one.offer(alert(1, command="ä".encode() * 600))
    until(lambda: rsyslog.lines("parts"))
    one.close()
    (line,) = rsyslog.lines("parts")
    assert line.endswith("ä…")
    assert one.counts() == {"sent": 1, "cut": 1}


def test_a_daemon_that_does_not_read_makes_nobody_wait(tmp_path: Path) -> None:
    said: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(str(tmp_path / "log"))
        one = writing(said, address=f"unix://{tmp_path}/log", timeout_s=0.1)
        for number in range(2000):
            one.offer(alert(number))
        until(lambda: said)
        one.close()
    assert "timed out" in said[0]
    assert one.counts()["sent"] + sum(one.lost().values()) == 2000


def test_a_daemon_that_is_not_there_is_told() -> None:
    said: list[str] = []
    one = writing(said, address="unix:///nowhere/log")
    one.offer(alert(1))
    until(lambda: said)
    one.close()
    assert said[0] == "output syslog (unix:///nowhere/log): No such file or directory; 1 alert waits"


@pytest.mark.parametrize(
    "address", ["udp://", "tcp://a:b", "unix://a/b", "unix:///", "/dev/log", "udp://a/b"]
)
def test_an_address_of_no_daemon_is_an_error(address: str) -> None:
    with pytest.raises(ValidationError):
        SyslogSettings(address=address)
