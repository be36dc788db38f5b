# SPDX-License-Identifier: Apache-2.0
"""Every test is in one lane, and whatever ends a lane or a build is counted and said."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.lanes import closing
from tests.lanes.__main__ import judge
from tests.lanes.catalogue import LANES, lane_of, lanes
from tests.lanes.jobs import Job, Jobs
from tests.lanes.report import Report

TESTS = Path(__file__).resolve().parents[1]


def python(name: str, code: str, folder: Path, **more: Any) -> Job:
    return Job(name, (sys.executable, "-c", code), folder / f"{name}.log", **more)


def run(*jobs: Job, places: int = 4) -> Jobs:
    made = Jobs(jobs, places)
    while not made.over:
        made.turn()
        time.sleep(0.01)
    return made


def test_every_test_is_in_one_lane() -> None:
    files = [path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")]
    assert {lane_of(file).name for file in files} == {lane.name for lane in LANES}


def test_every_place_of_a_lane_is_there() -> None:
    assert not [path for lane in LANES for path in lane.paths if not (TESTS / path).exists()]


def test_an_unknown_lane_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(LookupError, match=r"no lane kernal; there are guests, machine"):
        lanes(["engine", "kernal"])


def test_a_job_waits_for_what_it_needs(tmp_path: Path) -> None:
    made = tmp_path / "made"
    first = python("first", f"import time; time.sleep(0.2); open({str(made)!r}, 'w')", tmp_path)
    second = python("second", f"open({str(made)!r})", tmp_path, needs=("first",))
    run(second, first)
    assert (first.status, second.status) == (0, 0)


def test_of_jobs_that_want_to_be_alone_one_runs_at_a_time(tmp_path: Path) -> None:
    taken = repr(str(tmp_path / "taken"))
    code = f"import os, time; os.mkdir({taken}); time.sleep(0.1); os.rmdir({taken})"
    jobs = [python(name, code, tmp_path, alone="it") for name in "abc"]
    run(*jobs)
    assert [job.status for job in jobs] == [0, 0, 0]


def test_no_more_run_at_once_than_there_are_places(tmp_path: Path) -> None:
    wide, first, second = (python(name, "import time; time.sleep(0.3)", tmp_path) for name in "abc")
    wide.places = 2
    jobs = Jobs([first, wide, second], 2)
    jobs.turn()
    assert [job.running for job in (first, wide, second)] == [True, False, True]
    while not jobs.over:
        jobs.turn()
        assert not wide.running or not (first.running or second.running)
        time.sleep(0.01)
    assert [job.status for job in (first, wide, second)] == [0, 0, 0]


def test_what_needs_a_failed_build_does_not_run_and_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build = python("build", "raise SystemExit('no disk')", tmp_path)
    lane, last = (python(name, "", tmp_path, needs=(need,)) for name, need in (("a", "build"), ("b", "a")))
    jobs = run(build, lane, last)
    reports = {job.name: Report(tmp_path / "none.jsonl") for job in (lane, last)}
    assert closing.show(jobs, reports, 1.0, interrupted=False) == 1
    said = capsys.readouterr().out
    assert "no disk" in said
    assert "a did not run: what it needs failed" in said
    assert said.endswith("\n0 passed, 3 failed, 0 skipped\n")


SUITE = """
import os, pytest
def test_good(): pass
def test_bad(): assert 1 == 2, "one is not two"
@pytest.mark.skip(reason="needs a moon")
def test_skipped(): pass
@pytest.fixture
def late():
    yield
    assert 0, "left something behind"
def test_untidy(late): pass
"""
DEATH = "def test_death(): os._exit(9)\n"


def lane_of_its_own(tmp_path: Path, suite: str) -> tuple[Job, Report]:
    """A pytest with the plugin's reporter over one file, judged as a lane is."""
    (tmp_path / "test_suite.py").write_text(suite)
    report = Report(tmp_path / "suite.jsonl")
    code = f"""
import sys, pathlib, pytest
from tests.lanes import catalogue, plugin

class Every(plugin.Reporter):
    pytest_ignore_collect = None

reporter = Every(catalogue.LANES[0], pathlib.Path({str(report.file)!r}))
words = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", {str(tmp_path)!r}, {str(tmp_path)!r}]
sys.exit(pytest.main(words, plugins=[reporter]))
"""
    job = Job("suite", (sys.executable, "-c", code), tmp_path / "suite.log")
    run(job)
    judge(job, report)
    return job, report


def test_outcomes_are_those_of_pytest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job, report = lane_of_its_own(tmp_path, SUITE)
    assert closing.show(Jobs([job]), {"suite": report}, 1.0, interrupted=False) == 1
    said = capsys.readouterr().out
    assert said.splitlines()[-1] == "1 passed, 2 failed, 1 skipped", job.log.read_text()
    assert "one is not two" in said
    assert "left something behind" in said
    short = [line for line in said.splitlines() if line.startswith("FAILED")]
    assert [re.sub(".*::", "", line) for line in short] == [
        "test_bad: AssertionError: one is not two assert 1 == 2",
        "test_untidy: AssertionError: left something behind assert 0",
    ]


def test_a_process_that_dies_has_a_failed_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job, report = lane_of_its_own(tmp_path, SUITE + DEATH)
    assert job.status == 9
    assert [test for test in report.failed() if re.search("test_death$", test)]
    assert closing.show(Jobs([job]), {"suite": report}, 1.0, interrupted=False) == 1
    assert "test_death" in capsys.readouterr().out


def test_a_file_that_cannot_be_imported_is_a_failure(tmp_path: Path) -> None:
    job, report = lane_of_its_own(tmp_path, "import nothing_of_this_name\n")
    assert report.failed()
    assert "No module named 'nothing_of_this_name'" in " ".join(report.why.values()), job.log.read_text()
