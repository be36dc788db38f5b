# SPDX-License-Identifier: Apache-2.0
"""The spool of an output on real disks: what waits outlives the agent, in order, and whatever is wrong with
the disk or with what lies on it is said, counted and in nobody's way.
"""

from __future__ import annotations

import errno
import json
import os
import pathlib
import socket
import stat
import subprocess
import time
from contextlib import closing

import pytest

from lanner_agent.publish import file, http
from lanner_agent.publish.output import Maker
from lanner_agent.publish.sending import delivery, spool
from lanner_agent.publish.sending.delivery import Delivery
from lanner_agent.publish.sending.spool import Spool
from lanner_agent.publish.settings.base import SpoolSettings
from tests.agent.publish.deliveries import alert, delivering, until

MIB = 1 << 20
SAID: list[str] = []


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    SAID.clear()
    monkeypatch.setattr(delivery, "FIRST_S", 0.01)
    monkeypatch.setattr(delivery, "LONGEST_S", 0.05)
    monkeypatch.setattr(delivery, "END_S", 0.5)


def output(made: Maker, **settings: object) -> Delivery:
    return delivering(made, SAID, **settings)


def to_file(path: pathlib.Path, **more: object) -> Delivery:
    where = {"path": str(path / "kept")}
    return output(file.made, file={"path": str(path / "there" / "alerts.json"), "spool": where, **more})


def spooled(path: pathlib.Path, max_bytes: int = MIB) -> Spool:
    return Spool("file", SpoolSettings(path=path / "kept", max_bytes=max_bytes), SAID.append)


def put(one: Spool, *records: bytes) -> None:
    assert [one.put(record) for record in records] == [True] * len(records)


def test_what_was_not_sent_is_sent_first_by_the_next_start_with_its_own_time(tmp_path: pathlib.Path) -> None:
    before = to_file(tmp_path)
    for number in range(300):
        before.offer(alert(number))
    until(lambda: before.counts().get("spool waiting") == 300)
    before.offer(alert(300))
    before.close()
    assert before.lost() == {}
    kept = tmp_path / "kept"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in kept.iterdir()} == {0o600}

    (tmp_path / "there").mkdir()
    after = to_file(tmp_path)
    after.offer(alert(301))
    until(lambda: after.counts().get("sent") == 302)
    after.close()
    lines = [json.loads(line) for line in (tmp_path / "there" / "alerts.json").read_bytes().splitlines()]
    assert [line["output_fields"]["proc.pid"] for line in lines] == [*range(302)]
    assert [line["output_fields"]["evt.time"] for line in lines] == [alert(n).event.time for n in range(302)]
    assert f"spool of output file ({kept}): 301 alerts of an agent before" in SAID
    assert [*kept.iterdir()] == []


def test_an_outage_that_is_longer_than_the_queue_loses_nothing(tmp_path: pathlib.Path) -> None:
    one = to_file(tmp_path, queueAlerts=40)
    for number in range(100):
        one.offer(alert(number))
        if number % 5 == 4:
            until(lambda: not one.counts().get("waiting"))
    (tmp_path / "there").mkdir()
    until(lambda: one.counts().get("sent") == 100)
    one.close()
    assert one.lost() == {}
    lines = (tmp_path / "there" / "alerts.json").read_bytes().splitlines()
    assert [json.loads(line)["output_fields"]["proc.pid"] for line in lines] == [*range(100)]


def test_what_a_receiver_that_hangs_was_being_sent_is_kept_at_the_end(tmp_path: pathlib.Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        one = output(http.made, http={"url": url, "spool": {"path": str(tmp_path / "kept")}})
        for number in range(3):
            one.offer(alert(number))
        time.sleep(0.1)
        one.close()
    assert (one.lost(), one.counts()["spooled"]) == ({}, 3)


def test_what_was_sent_before_the_end_is_not_sent_again(tmp_path: pathlib.Path) -> None:
    one = spooled(tmp_path)
    put(one, b"a", b"b", b"c")
    assert one.first(2) == (b"a", b"b")
    one.drop(2)
    one.close()
    again = spooled(tmp_path)
    assert again.first(9) == (b"c",)
    again.close()


def test_a_torn_end_is_told_and_what_comes_later_follows(tmp_path: pathlib.Path) -> None:
    one = spooled(tmp_path)
    put(one, b"a", b"b", b"torn")
    one.close()
    (path,) = (tmp_path / "kept").iterdir()
    os.truncate(path, path.stat().st_size - 1)
    again = spooled(tmp_path)
    put(again, b"c")
    assert again.first(9) == (b"a", b"b")
    again.drop(2)
    assert again.first(9) == (b"c",)
    assert again.counts()["spool torn"] == 1
    assert any(f"the end of {path.name} is torn, 15 bytes are lost" in said for said in SAID)
    again.close()


def test_a_file_that_ends_in_zeros_after_a_power_failure_is_torn_there(tmp_path: pathlib.Path) -> None:
    one = spooled(tmp_path)
    put(one, b"a")
    one.close()
    (path,) = (tmp_path / "kept").iterdir()
    with path.open("ab") as file:
        file.write(bytes(4096))
    again = spooled(tmp_path)
    put(again, b"c")
    assert again.first(9) == (b"a",)
    again.drop(1)
    assert again.first(9) == (b"c",)
    assert again.counts()["spool torn"] == 1
    again.close()


def test_what_is_no_spool_of_this_version_is_set_aside_with_words(tmp_path: pathlib.Path) -> None:
    one = spooled(tmp_path)
    put(one, b"a")
    one.close()
    kept = tmp_path / "kept"
    (path,) = kept.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"spool 2", b"spool 1"))
    (kept / f"{1:016d}.spool").write_bytes(whole[:47] + b"\xff" + whole[48:])
    (kept / f"{2:016d}.spool").symlink_to("/etc/shadow")
    os.mkfifo(kept / f"{3:016d}.spool")
    (kept / "x\x1b[2J.spool").write_bytes(whole)
    (kept / f"{4:016d}.spool").write_bytes(whole)
    again = spooled(tmp_path)
    assert again.first(9) == (b"a",)
    assert again.counts() == {"spool set aside": 5, "spool waiting": 1}
    told = "\n".join(SAID)
    assert "0000.spool is not sent but set aside: it is of another version or output than lanner" in told
    assert "0001.spool is not sent but set aside: its head is damaged" in told
    assert "0002.spool is not sent but set aside: Too many levels of symbolic links" in told
    assert "0003.spool is not sent but set aside: it is no regular file" in told
    assert "\x1b" not in told
    assert len([*kept.glob("*.aside")]) == 5
    again.close()


def test_it_takes_no_more_of_the_disk_than_it_may(tmp_path: pathlib.Path) -> None:
    one = spooled(tmp_path)
    taken = 0
    while one.put(b"%08d" % taken * 125):
        taken += 1
    assert taken > 900
    assert sum(path.stat().st_size for path in (tmp_path / "kept").iterdir()) <= MIB
    assert not one.put(bytes(1000))
    assert len([line for line in SAID if "full, 1,048,576 bytes; alerts wait in memory only" in line]) == 1
    for number in range(taken):
        assert one.first(1) == (b"%08d" % number * 125,)
        one.drop(1)
    put(one, b"a")
    assert one.first(2) == (b"a",)
    one.close()


def opened(folder: pathlib.Path) -> int:
    """How many of its files this process has open."""
    return sum(str(folder) in os.path.realpath(one) for one in pathlib.Path("/proc/self/fd").iterdir())


def test_few_files_are_open_however_much_waits(tmp_path: pathlib.Path) -> None:
    records = [b"%02d" % number * 300_000 for number in range(12)]  # each fills a file
    one = spooled(tmp_path, 16 * MIB)
    put(one, *records)
    assert opened(tmp_path / "kept") <= 3  # the folder, the first and the last
    one.close()
    assert len([*(tmp_path / "kept").iterdir()]) == len(records)
    again = spooled(tmp_path, 16 * MIB)
    put(again, b"last")
    for record in (*records, b"last"):
        assert again.first(1) == (record,)
        assert opened(tmp_path / "kept") <= 3
        again.drop(1)
    again.close()
    assert [*(tmp_path / "kept").iterdir()] == []


def test_where_too_many_files_are_open_nothing_is_set_aside(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = spooled(tmp_path, 16 * MIB)
    put(one, b"a" * 600_000, b"b" * 600_000)

    def refused(*_: object, **__: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as crowded:
        crowded.setattr("lanner_agent.publish.sending.segment.os.open", refused)
        assert one.first(1) == ()
    assert one.first(1) == (b"a" * 600_000,)
    assert one.counts() == {"spooled": 2, "spool errors": 1, "spool waiting": 2}
    one.close()


def test_a_disk_that_is_full_or_read_only_leaves_alerts_in_memory(tmp_path: pathlib.Path) -> None:
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path], capture_output=True, check=False
    ).returncode:
        pytest.skip("needs the right to mount (CAP_SYS_ADMIN)")
    try:
        one = spooled(tmp_path)
        taken = 0
        while one.put(bytes(1000)):
            taken += 1
        assert (one.counts()["spool errors"], len(one)) == (1, taken)
        assert SAID[-1].endswith("No space left on device; alerts wait in memory only")
        one.close()
        subprocess.run(["mount", "-o", "remount,ro", tmp_path], check=True)
        blocked = to_file(tmp_path)
        blocked.offer(alert(1))
        until(lambda: blocked.counts().get("spool errors"))
        blocked.close()
        assert blocked.lost() == {"file: not sent before the end": 1}
        assert any("Read-only file system; alerts wait in memory only" in line for line in SAID)
    finally:
        subprocess.run(["umount", "-l", tmp_path], check=True)


def test_one_agent_has_it_at_a_time(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "AGAIN_S", 0.0)
    one, other = spooled(tmp_path), spooled(tmp_path)
    put(one, b"a")
    assert not other.put(b"b")
    assert "another agent has it; alerts wait in memory only" in SAID[-1]
    one.close()
    put(other, b"b")
    assert other.first(9) == (b"a", b"b")
    other.close()
