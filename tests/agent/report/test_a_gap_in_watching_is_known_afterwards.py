# SPDX-License-Identifier: Apache-2.0
"""When this node was not watched: what a start reads from the disk, and what the hot loop notices itself."""

from __future__ import annotations

import json
import pathlib
import time
from collections.abc import Callable

import pytest

from lanner_agent.report import last_seen, sight
from lanner_agent.report.last_seen import Gap, LastSeen, LastSeenFile, Moment, Why
from lanner_agent.report.sight import MAX_SILENCE_S, Sight

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
    untold = (Gap(1, 2, Why.STOOD), Gap(3, 5, Why.KILLED))
    kept = LastSeen(THEN, ended=True, untold=untold, kills=3, starting="boot-1")
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


def begin(agent: Sight) -> None:
    """It starts, and watches."""
    agent.start()
    agent.begin()


def dies_before_it_watches(folder: pathlib.Path) -> None:
    """Its start is written, and no more."""
    before = LastSeenFile(folder).read()
    watched(folder)[0].start()
    until(lambda: LastSeenFile(folder).read() != before)


def test_a_first_start_has_nothing_to_say(tmp_path: pathlib.Path) -> None:
    made, _, said = watched(tmp_path)
    assert made.steady_s == 0
    begin(made)
    made.end(5)
    assert (said, made.untold(), dict(made.counts)) == ([], (), {})


def test_an_end_by_force_is_told_by_the_next_start(tmp_path: pathlib.Path) -> None:
    first, _, _ = watched(tmp_path)
    first.attached()
    begin(first)
    until_kept(tmp_path)  # and never hears of it again
    began = time.time_ns()
    made, _, said = watched(tmp_path)
    assert made.steady_s == 10
    made.attached()
    begin(made)
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
        begin(made)
        until_kept(tmp_path)
    assert asked == [0, 10, 20, 40, 60, 60]
    made, _, _ = watched(tmp_path)
    begin(made)
    made.end(5)
    assert watched(tmp_path)[0].steady_s == 0, "that one ended as it was told to"


def test_an_agent_that_watched_for_a_minute_begins_a_new_row(tmp_path: pathlib.Path) -> None:
    LastSeenFile(tmp_path).write(LastSeen(last_seen.present(), kills=4))
    made, clock, _ = watched(tmp_path)
    assert made.steady_s == 60
    begin(made)
    clock.now += 60
    LastSeenFile(tmp_path).path.unlink()
    made.note_awake()
    until_kept(tmp_path)
    assert watched(tmp_path)[0].steady_s == 10


def test_an_agent_that_dies_before_it_watches_counts_as_killed(tmp_path: pathlib.Path) -> None:
    asked = []
    for _ in range(4):
        asked.append(watched(tmp_path)[0].steady_s)
        dies_before_it_watches(tmp_path)
    assert asked == [0, 10, 20, 40]


def test_a_death_before_watching_is_part_of_the_gap(tmp_path: pathlib.Path) -> None:
    then = last_seen.present()
    LastSeenFile(tmp_path).write(LastSeen(then, ended=True))
    dies_before_it_watches(tmp_path)
    kept = LastSeenFile(tmp_path).read()
    assert kept == LastSeen(then, ended=False, kills=0, starting=then.boot)
    made, _, _ = watched(tmp_path)
    assert made.steady_s == 10
    begin(made)
    (gap,) = made.untold()
    assert gap.why == Why.KILLED
    assert abs(gap.begin - then.wall) < S
    made.end(5)
    kept = LastSeenFile(tmp_path).read()
    assert kept is not None
    assert (kept.ended, kept.starting) == (True, "")


def test_a_node_whose_first_agent_died_at_once_is_not_watched_since_then(tmp_path: pathlib.Path) -> None:
    began = time.time_ns()
    dies_before_it_watches(tmp_path)
    made, _, _ = watched(tmp_path)
    begin(made)
    (gap,) = made.untold()
    assert (gap.why, abs(gap.begin - began) < S) == (Why.KILLED, True)
    made.end(5)


def test_deaths_of_another_boot_do_not_count_and_those_since_do(tmp_path: pathlib.Path) -> None:
    file = LastSeenFile(tmp_path)
    file.write(LastSeen(THEN, kills=3, starting="boot-1"))
    assert watched(tmp_path)[0].steady_s == 0
    for steady_s in (10, 20):
        dies_before_it_watches(tmp_path)
        assert watched(tmp_path)[0].steady_s == steady_s
    made, _, _ = watched(tmp_path)
    begin(made)
    (gap,) = made.untold()
    assert gap.why == Why.REBOOT
    made.end(5)


@pytest.mark.parametrize(
    "before", [LastSeen(last_seen.present(), kills=2), LastSeen(last_seen.present(), ended=True)]
)
def test_an_end_in_good_order_before_watching_leaves_all_as_it_was(
    tmp_path: pathlib.Path, before: LastSeen
) -> None:
    LastSeenFile(tmp_path).write(before)
    made, _, said = watched(tmp_path)
    made.start()
    made.end(5)
    assert LastSeenFile(tmp_path).read() == before
    assert said == []


def test_a_first_agent_that_ends_in_good_order_before_it_watches_was_not_killed(
    tmp_path: pathlib.Path,
) -> None:
    made, _, _ = watched(tmp_path)
    made.start()
    made.end(5)
    after, _, _ = watched(tmp_path)
    assert after.steady_s == 0
    begin(after)
    assert [gap.why for gap in after.untold()] == [Why.ENDED]
    after.end(5)


def test_what_an_older_agent_kept_is_read(tmp_path: pathlib.Path) -> None:
    file = LastSeenFile(tmp_path)
    file.write(LastSeen(last_seen.present()))
    written = json.loads(file.path.read_text())
    del written["kills"], written["starting"]
    file.path.write_text(json.dumps(written))
    assert watched(tmp_path)[0].steady_s == 10


def test_a_gap_that_no_event_told_of_is_the_next_starts(tmp_path: pathlib.Path) -> None:
    LastSeenFile(tmp_path).write(LastSeen(last_seen.present(), ended=True, untold=(Gap(1, 2, Why.STOOD),)))
    made, _, _ = watched(tmp_path)
    begin(made)
    assert [gap.why for gap in made.untold()] == [Why.STOOD, Why.ENDED]
    for gap in made.untold():
        made.forget_told(gap)
    made.end(5)
    kept = LastSeenFile(tmp_path).read()
    assert kept is not None
    assert (kept.ended, kept.untold) == (True, ())


def test_standing_still_is_noticed_from_the_clock(tmp_path: pathlib.Path) -> None:
    made, clock, said = watched(tmp_path)
    begin(made)
    clock.now += MAX_SILENCE_S
    made.note_awake()
    assert said == []
    clock.now += 25.0
    made.note_awake()
    (gap,) = made.untold()
    assert (gap.why, gap.seconds) == (Why.STOOD, 25.0)
    assert "was not watched in time from" in said[0]
    assert "(25.0 s): the agent stood still" in said[0]
    made.end(5)


def test_the_disk_is_written_once_a_second_at_most(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments: list[Moment] = []
    real = last_seen.present

    def now() -> Moment:
        moments.append(real())
        return moments[-1]

    made, clock, _ = watched(tmp_path)
    begin(made)
    monkeypatch.setattr(last_seen, "present", now)
    for _ in range(1000):
        clock.now += 0.01
        made.note_awake()
    assert 9 <= len(moments) <= 11
    made.end(5)


def test_a_disk_that_refuses_is_said_once_and_stops_nothing(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "state"
    folder.write_text("a file, no directory")
    made, clock, said = watched(folder)
    begin(made)
    for _ in range(3):
        clock.now += 2.0
        made.note_awake()
        time.sleep(0.05)
    made.end(5)
    assert len(said) == 1
    assert "a gap in watching will not be noticed by the next start" in said[0]


def until_kept(folder: pathlib.Path) -> None:
    """That the agent watches."""

    def kept() -> bool:
        found = LastSeenFile(folder).read()
        return found is not None and not found.starting

    until(kept)


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not done():
        assert time.monotonic() < deadline, "nothing is written"
        time.sleep(0.01)
