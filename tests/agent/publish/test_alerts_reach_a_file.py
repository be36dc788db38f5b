# SPDX-License-Identifier: Apache-2.0
"""The output `file` on real disks: rotation of each kind, a full disk, a folder that cannot be written."""

from __future__ import annotations

import os
import pathlib
import re
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from lanner_agent.publish import file, text
from lanner_agent.publish.output import Given
from lanner_agent.publish.sending.delivery import Delivery
from lanner_agent.publish.settings.outputs import OutputsSettings
from lanner_agent.publish.stdout import LineWriter
from tests.agent.publish.deliveries import alert, pids, until


@dataclass
class Written:
    """One output and what it said."""

    path: pathlib.Path
    mode: str = "0600"
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = OutputsSettings.model_validate({"file": {"path": str(self.path), "mode": self.mode}})
        given = Given(
            LineWriter(os.open(os.devnull, os.O_WRONLY)), text.line, self.said.append, None, settings
        )
        made = file.made(given)
        assert made is not None
        self.output: Delivery = made

    def offer(self, *numbers: int) -> None:
        for number in numbers:
            self.output.offer(alert(number))

    def sent(self, number: int) -> None:
        until(lambda: self.output.counts().get("sent") == number)


@pytest.fixture
def written(tmp_path: pathlib.Path) -> Iterator[Written]:
    one = Written(tmp_path / "alerts.json")
    yield one
    one.output.close()


def lines(path: pathlib.Path) -> list[int]:
    return pids(path.read_bytes().splitlines())


def test_each_alert_is_a_line_that_only_the_owner_reads(written: Written) -> None:
    written.offer(*range(1000))
    written.output.close()
    assert lines(written.path) == [*range(1000)]
    assert stat.S_IMODE(written.path.stat().st_mode) == 0o600
    assert (written.output.counts(), written.output.lost(), written.said) == ({"sent": 1000}, {}, [])


def test_who_may_read_the_file_is_what_the_settings_say(tmp_path: pathlib.Path) -> None:
    before = os.umask(0o077)
    try:
        one = Written(tmp_path / "alerts.json", "0640")
        one.offer(1)
        one.output.close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(one.path.stat().st_mode) == 0o640


@pytest.mark.parametrize("rotate", ["moved", "deleted", "truncated", "moved, and a signal"])
def test_a_rotated_file_is_followed(written: Written, rotate: str) -> None:
    written.offer(1)
    written.sent(1)
    old = written.path.with_suffix(".1")
    if rotate == "truncated":
        old.write_bytes(written.path.read_bytes())
        os.truncate(written.path, 0)
    elif rotate == "deleted":
        written.path.unlink()
    else:
        written.path.rename(old)
    if rotate.endswith("signal"):
        written.output.reopen()
    written.offer(2)
    written.sent(2)
    assert lines(written.path) == [2]
    assert rotate == "deleted" or lines(old) == [1]


def test_logrotate_loses_no_line(written: Written, tmp_path: pathlib.Path) -> None:
    """The program itself, five times beside 500 alerts."""
    config = tmp_path / "rotate.conf"
    config.write_text(f"{written.path} {{\n rotate 9\n nocompress\n su root root\n}}\n")
    for turn in range(5):
        written.offer(*range(turn * 100, turn * 100 + 100))
        written.sent(turn * 100 + 100)
        done = subprocess.run(
            ["/usr/sbin/logrotate", "--force", "--state", tmp_path / "state", config],
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    found = sorted(number for path in tmp_path.glob("alerts.json*") for number in lines(path))
    assert found == [*range(500)]
    assert len([*tmp_path.glob("alerts.json.*")]) == 5


def test_a_full_disk_is_told_and_its_alerts_come_in_order_when_there_is_room(tmp_path: pathlib.Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount (CAP_SYS_ADMIN)")
    try:
        (disk / "ballast").write_bytes(bytes(32 << 10))
        one = Written(disk / "alerts.json")
        one.offer(*range(200))
        until(lambda: one.said)
        assert all(line.endswith(b"\n") for line in one.path.read_bytes().splitlines(keepends=True))
        assert "No space left on device" in one.said[0]
        assert re.search(r"; [1-9]\d* alerts? waits?$", one.said[0])
        (disk / "ballast").unlink()
        subprocess.run(["mount", "-o", "remount,size=1m", disk], check=True)
        one.sent(200)
        one.output.close()
        assert lines(one.path) == [*range(200)]
        assert "works again" in one.said[-1]
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_folder_that_cannot_be_used_is_told_and_counted(tmp_path: pathlib.Path) -> None:
    one = Written(tmp_path / "missing" / "alerts.json")
    one.offer(1, 2)
    until(lambda: one.said)
    assert one.said[0].startswith(f"output file ({tmp_path}/missing/alerts.json): No such file or directory")
    one.output.close()
    assert one.output.lost() == {"file: not sent before the end": 2}


def test_a_folder_that_is_missing_is_told_before_an_alert_comes(tmp_path: pathlib.Path) -> None:
    one = Written(tmp_path / "missing" / "alerts.json")
    until(lambda: one.said)
    assert one.said == [f"output file ({one.path}): No such file or directory; no alert waits"]
    one.path.parent.mkdir()
    one.offer(1)
    one.sent(1)
    one.output.close()
    assert lines(one.path) == [1]


def test_what_is_no_file_is_told_before_an_alert_comes(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    one = Written(tmp_path / "pipe")
    until(lambda: one.said)
    one.output.close()
    assert one.said == [f"output file ({one.path}): this is no regular file; no alert waits"]


def test_a_pipe_without_a_reader_holds_up_nobody(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    one = Written(tmp_path / "pipe")
    one.offer(1)
    until(lambda: one.said)
    one.output.close()
    assert "this is no regular file" in one.said[0]
    assert one.output.lost() == {"file: not sent before the end": 1}
