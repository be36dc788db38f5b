# SPDX-License-Identifier: Apache-2.0
"""python -m tests.lanes [LANE ...] [-- TARGET ...]: tests in lanes that run beside each other; all, or these.

Beside them `make TARGET` is run, for each.
What each lane prints goes to build/test/LANE.log. At the end: what failed, whole, why tests were skipped, the
ten slowest, the time of each lane, and one closing line. Exit status 1 when anything failed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from tests.lanes import closing
from tests.lanes.catalogue import LANES, Lane, lanes
from tests.lanes.jobs import Job, Jobs
from tests.lanes.report import Report
from tests.lanes.screen import Screen, screen

FOLDER = Path(__file__).resolve().parents[2] / "build/test"
LOOK_S = 0.2
NO_TESTS, SOME_FAILED = 5, 1  # pytest's exit statuses


def main(words: list[str]) -> int:
    names, targets = words, list[str]()
    if "--" in words:
        names, targets = words[: words.index("--")], words[words.index("--") + 1 :]
    try:
        chosen = lanes(names or [lane.name for lane in LANES])
    except LookupError as error:
        print(f"lanes: {error}", file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):  # a job in the background of a shell has SIGINT ignored,
        signal.signal(number, signal.default_int_handler)  # and so would everything that tests start
    FOLDER.mkdir(parents=True, exist_ok=True)
    reports = {lane.name: Report(FOLDER / f"{lane.name}.jsonl") for lane in chosen}
    for report in reports.values():
        report.file.unlink(missing_ok=True)
    began = time.monotonic()
    jobs = Jobs([*builds(chosen), *map(job_of, chosen), *map(target_of, targets)])
    with screen(jobs, reports) as shown:
        interrupted = run(jobs, reports, shown)
    return closing.show(jobs, reports, time.monotonic() - began, interrupted=interrupted)


def builds(chosen: tuple[Lane, ...]) -> list[Job]:
    """What these lanes need, each once."""
    names = dict.fromkeys(need for lane in chosen for need in lane.needs)
    module = (sys.executable, "-m", "tests.lanes.builds")
    return [Job(name, (*module, name), FOLDER / f"{name.replace(' ', '-')}.log", nice=10) for name in names]


def job_of(lane: Lane) -> Job:
    """One pytest."""
    report = str(FOLDER / f"{lane.name}.jsonl")
    plugin = ("-p", "tests.lanes.plugin", "--lane", lane.name, "--report", report)
    command = (sys.executable, "-m", "pytest", *plugin, "--color=no", "-o", "console_output_style=classic")
    alone = "the machine's events" if lane.watches else ""
    return Job(lane.name, command, FOLDER / f"{lane.name}.log", lane.needs, alone, places=lane.processors)


def target_of(name: str) -> Job:
    """A target of the Makefile."""
    return Job(name, ("make", "--no-print-directory", name), FOLDER / f"{name}.log")


def run(jobs: Jobs, reports: dict[str, Report], shown: Screen) -> bool:
    """To their end; True when somebody interrupted it."""
    try:
        while True:
            started, ended = jobs.turn()
            for job in started:
                shown.started(job)
            for job in jobs.jobs:
                if job.name in reports:
                    shown.failed(job, reports[job.name].read())
            for job in ended:
                judge(job, reports.get(job.name))
                shown.ended(job)
            shown.look()
            if jobs.over:
                return False
            time.sleep(LOOK_S)
    except KeyboardInterrupt:
        with contextlib.suppress(KeyboardInterrupt):
            jobs.stop()
        return True


def judge(job: Job, report: Report | None) -> None:
    """A lane is well when pytest is. One that ended early has a failed test: the one that was running."""
    if report is None:
        return
    report.read()
    if job.status == NO_TESTS and "PYTEST_ADDOPTS" in os.environ:
        job.status = 0  # who chooses tests may have chosen none of this lane
    elif job.status not in (0, SOME_FAILED) or (job.status == SOME_FAILED and not report.failed()):
        report.fail(report.running or f"lane {job.name}: pytest ended with status {job.status}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
