# SPDX-License-Identifier: Apache-2.0
"""When this node was not watched: what a start reads from the disk, and what the hot loop notices itself."""

from __future__ import annotations

import json
import pathlib
import time

import pytest

from lanner_agent.report import last_seen, sight
from lanner_agent.report.last_seen import Gap, LastSeen, LastSeenFile, Moment, Why
from lanner_agent.report.sight import STOOD_S, Sight

S = 1_000_000_000
THEN = Moment("boot-1", 100 * S, 1_800_000_000 * S)


def later(seconds: int, boot: str = "boot-1", clock_set_by: int = 0) -> Moment:
    since = THEN.since_boot + seconds * S if boot == THEN.boot else 20 * S
    return Moment(boot, since, THEN.wall + (seconds + clock_set_by) * S)


@pytest.mark.parametrize(("ended", "why"), [(True, Why.ENDED), (False, Why.KILLED)])
def test_within_a_boot_the_boot_clock_counts(ended: bool, why: Why) -> None:
    end = later(7, clock_set_by=3600)
    assert last_seen.gap(LastSeen(THEN, ended), end) == Gap(end.wall - 7 * S, end.wall, why)


@pytest.mark.parametrize("ended", [True, False])
def test_another_boot_is_a_node_that_was_started_anew(ended: bool) -> None:
    end = later(60, "boot-2")
    assert last_seen.gap(LastSeen(THEN, ended), end) == Gap(THEN.wall, end.wall, Why.REBOOT)


def test_a_clock_that_was_set_back_makes_no_negative_gap() -> None:
    end = later(-60, "boot-2")
    assert last_seen.gap(LastSeen(THEN), end).seconds == 0


def test_what_is_kept_is_read_again(tmp_path: pathlib.Path) -> None:
    file = LastSeenFile(tmp_path / "state")
    kept = LastSeen(THEN, ended=True, untold=(Gap(1, 2, Why.STOOD), Gap(3, 5, Why.KILLED)), kills=3)
    assert file.read() is None
    file.write(kept)
    assert file.read() == kept
    assert [path.name for path in file.directory.iterdir()] == [last_seen.FILE]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"boot": 1}', b"\xff", b"[" * 100_000, b'{"untold": 7}']
)
def test_what_is_damaged_counts_as_nothing(tmp_path: pathlib.Path, content: bytes) -> None:
    file = LastSeenFile(tmp_path)
    file.path.write_bytes(content)
    assert file.read() is None


def test_a_link_is_not_followed(tmp_path: pathlib.Path) -> None:
    file = LastSeenFile(tmp_path)
    file.write(LastSeen(THEN))
    other = tmp_path / "other"
    file.path.rename(other)
    file.path.symlink_to(other)
    assert file.read() is None


class Clock:
    """Monotonic seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def watched(folder: pathlib.Path) -> tuple[Sight, Clock, list[str]]:
    clock, said = Clock(), list[str]()
    return Sight(LastSeenFile(folder), said.append, clock), clock, said


def test_a_first_start_has_nothing_to_say(tmp_path: pathlib.Path) -> None:
    made, _, said = watched(tmp_path)
    assert made.steady_s == 0
    made.begin()
    made.end(5)
    assert (said, made.untold(), dict(made.counts)) == ([], (), {})


def test_an_end_by_force_is_told_by_the_next_start(tmp_path: pathlib.Path) -> None:
    first, _, _ = watched(tmp_path)
    first.attached()
    first.begin()
    until_kept(tmp_path)  # and never hears of it again
    began = time.time_ns()
    made, _, said = watched(tmp_path)
    assert made.steady_s == 10
    made.attached()
    made.begin()
    (gap,) = made.untold()
    assert (gap.why, gap.end >= began > gap.begin) == (Why.KILLED, True)
    assert said == [sight.text(gap)]
    assert made.counts == {"gaps": 1, "seconds": round(gap.seconds)}
    made.end(5)


def test_agents_that_are_killed_in_a_row_must_each_show_for_longer_that_they_stay(
    tmp_path: pathlib.Path,
) -> None:
    asked = []
    for _ in range(6):
        made, _, _ = watched(tmp_path)
        asked.append(made.steady_s)
        LastSeenFile(tmp_path).path.unlink(missing_ok=True)
        made.begin()
        until_kept(tmp_path)
    assert asked == [0, 10, 20, 40, 60, 60]
    made, _, _ = watched(tmp_path)
    made.begin()
    made.end(5)
    assert watched(tmp_path)[0].steady_s == 0, "that one ended as it was told to"


def test_an_agent_that_watched_for_a_minute_begins_a_new_row(tmp_path: pathlib.Path) -> None:
    LastSeenFile(tmp_path).write(LastSeen(last_seen.now(), kills=4))
    made, clock, _ = watched(tmp_path)
    assert made.steady_s == 60
    made.begin()
    clock.now += 60
    LastSeenFile(tmp_path).path.unlink()
    made.look()
    until_kept(tmp_path)
    assert watched(tmp_path)[0].steady_s == 10


def test_what_an_older_agent_kept_is_read(tmp_path: pathlib.Path) -> None:
    file = LastSeenFile(tmp_path)
    file.write(LastSeen(last_seen.now()))
    written = json.loads(file.path.read_text())
    del written["kills"]
    file.path.write_text(json.dumps(written))
    assert watched(tmp_path)[0].steady_s == 10


def test_a_gap_that_no_event_told_of_is_the_next_starts(tmp_path: pathlib.Path) -> None:
    LastSeenFile(tmp_path).write(LastSeen(last_seen.now(), ended=True, untold=(Gap(1, 2, Why.STOOD),)))
    made, _, _ = watched(tmp_path)
    made.begin()
    assert [gap.why for gap in made.untold()] == [Why.STOOD, Why.ENDED]
    for gap in made.untold():
        made.told(gap)
    made.end(5)
    kept = LastSeenFile(tmp_path).read()
    assert kept is not None
    assert (kept.ended, kept.untold) == (True, ())


def test_standing_still_is_noticed_from_the_clock(tmp_path: pathlib.Path) -> None:
    made, clock, said = watched(tmp_path)
    made.begin()
    clock.now += STOOD_S
    made.look()
    assert said == []
    clock.now += 25.0
    made.look()
    (gap,) = made.untold()
    assert (gap.why, gap.seconds) == (Why.STOOD, 25.0)
    assert "was not watched in time from" in said[0]
    assert "(25.0 s): the agent stood still" in said[0]
    made.end(5)


def test_the_disk_is_written_once_a_second_at_most(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments: list[Moment] = []
    real = last_seen.now

    def now() -> Moment:
        moments.append(real())
        return moments[-1]

    made, clock, _ = watched(tmp_path)
    made.begin()
    monkeypatch.setattr(last_seen, "now", now)
    for _ in range(1000):
        clock.now += 0.01
        made.look()
    assert 9 <= len(moments) <= 11
    made.end(5)


def test_a_disk_that_refuses_is_said_once_and_stops_nothing(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "state"
    folder.write_text("a file, no directory")
    made, clock, said = watched(folder)
    made.begin()
    for _ in range(3):
        clock.now += 2.0
        made.look()
        time.sleep(0.05)
    made.end(5)
    assert len(said) == 1
    assert "a gap in watching will not be noticed by the next start" in said[0]


def until_kept(folder: pathlib.Path) -> None:
    deadline = time.monotonic() + 5
    while LastSeenFile(folder).read() is None:
        assert time.monotonic() < deadline, "nothing is written"
        time.sleep(0.01)
