# SPDX-License-Identifier: Apache-2.0
"""What is printed when all lanes are over: failures, reasons of skips, the slowest, times, the last line."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.lanes.jobs import Job, Jobs
from tests.lanes.report import Report

SLOWEST = 10
LAST_LINES = 40
# Parts of what pytest prints: failures and errors whole, and of the summary the lines about skips.
FAILURES = re.compile(r"(?ms)^=+ (?:FAILURES|ERRORS) =+$.*?(?=^=+ (?!FAILURES|ERRORS)[^=]+ =+$)")
SKIPS = re.compile(r"(?m)^SKIPPED .*$")


def show(jobs: Jobs, reports: Mapping[str, Report], seconds: float, *, interrupted: bool) -> int:
    """Print it; the exit status of the whole."""
    for job in jobs.jobs:
        print(_failures(job, reports.get(job.name)), end="")
    for line in sorted({line for job in jobs.jobs for line in SKIPS.findall(_log(job))}):
        print(line)
    _slowest(reports)
    _times(jobs, reports, seconds)
    for name, report in reports.items():
        for test in report.failed():
            print(f"FAILED  {name:10} {test}: {report.why.get(test, 'its lane says nothing of it')}")
    blocked = [job.name for job in jobs.blocked()]
    for name in blocked:
        print(f"{name} did not run: what it needs failed")
    if interrupted:
        print("interrupted")
    counted = {outcome: sum(report.count(outcome) for report in reports.values()) for outcome in OUTCOMES}
    counted["failed"] += len(blocked) + sum(job.name not in reports and bool(job.status) for job in jobs.jobs)
    print(", ".join(f"{number} {outcome}" for outcome, number in counted.items()))
    return int(interrupted or bool(counted["failed"]))


OUTCOMES = ("passed", "failed", "skipped")


def _failures(job: Job, report: Report | None) -> str:
    """What pytest says of a lane's failures, and the end of a log that has none of that."""
    if not job.status:
        return ""
    text = "".join(FAILURES.findall(_log(job)))
    if not text:
        text = "\n".join(_log(job).splitlines()[-LAST_LINES:]) + "\n"
    return f"\n{f' {job.name} ':#^110}\n{text}"


def _log(job: Job) -> str:
    return job.log.read_text(errors="replace") if job.process is not None else ""


def _slowest(reports: Mapping[str, Report]) -> None:
    times = [(seconds, test, lane) for lane, one in reports.items() for test, seconds in one.seconds.items()]
    print(f"\nThe {SLOWEST} slowest, with what they wait for first:")
    for seconds, test, lane in sorted(times, reverse=True)[:SLOWEST]:
        print(f"{seconds:8.1f} s  {lane:10} {test}")


def _times(jobs: Jobs, reports: Mapping[str, Report], seconds: float) -> None:
    print("\nTimes:")
    for job in jobs.jobs:
        report = reports.get(job.name)
        tests = f"  {len(report.outcomes):5} tests" if report else ""
        print(f"{job.seconds:8.1f} s  {job.name:12}{tests}")
    print(f"{seconds:8.1f} s  in all\n")
