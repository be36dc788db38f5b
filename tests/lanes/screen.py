# SPDX-License-Identifier: Apache-2.0
"""What a person sees while lanes run: bars on a terminal, lines elsewhere; failures at once in both."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from tests.lanes.jobs import Job, Jobs
from tests.lanes.report import Report

EACH_S = 30.0  # between lines about how far the lanes are


class Screen:
    """Lines; one more every EACH_S, and what builds say."""

    def __init__(self, jobs: Jobs, reports: Mapping[str, Report]) -> None:
        self._jobs = jobs
        self._reports = reports
        self._due = time.monotonic() + EACH_S
        self._read: dict[str, int] = {}  # of a build's log

    def say(self, line: str) -> None:
        print(line, flush=True)

    def started(self, job: Job) -> None:
        self.say(f"[{self._kind(job)}] {job.name}: started")

    def failed(self, job: Job, tests: list[str]) -> None:
        for test in tests:
            self.say(f"[{self._kind(job)}] {job.name}: FAILED {test}")

    def ended(self, job: Job) -> None:
        self._builds()
        how = "done" if job.status == 0 else f"FAILED, exit status {job.status}; its log is {job.log}"
        self.say(f"[{self._kind(job)}] {job.name}: {how}, after {job.seconds:.0f} s")

    def look(self) -> None:
        """Call it often."""
        self._builds()
        if time.monotonic() >= self._due:
            self._due += EACH_S
            self.say(f"[TEST] {', '.join(map(self._far, self._running()))}")

    def _running(self) -> list[Job]:
        return [job for job in self._jobs.jobs if job.running]

    def _far(self, job: Job) -> str:
        report = self._reports.get(job.name)
        if report is None:
            return f"{job.name} {job.seconds:.0f} s"
        return f"{job.name} {len(report.outcomes)} of {report.collected or '?'}"

    def _kind(self, job: Job) -> str:
        return "TEST" if job.name in self._reports else "CHECK" if job.name.startswith("lint") else "BUILD"

    def _builds(self) -> None:
        """What they have said since."""
        for job in self._jobs.jobs:
            if job.process is not None and job.name not in self._reports:
                text = job.log.read_bytes()[self._read.get(job.name, 0) :]
                whole = text[: text.rfind(b"\n") + 1]
                self._read[job.name] = self._read.get(job.name, 0) + len(whole)
                for line in whole.decode(errors="replace").splitlines():
                    self.say(f"[BUILD] {job.name}: {line.strip()}")


class Bars(Screen):
    """A bar for every lane, above them the same lines but for how far the lanes are."""

    def __init__(self, jobs: Jobs, reports: Mapping[str, Report], progress: Progress) -> None:
        super().__init__(jobs, reports)
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def say(self, line: str) -> None:
        self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def started(self, job: Job) -> None:
        self._bars[job.name] = self._progress.add_task(job.name, total=None)

    def ended(self, job: Job) -> None:
        super().ended(job)
        self._progress.remove_task(self._bars[job.name])

    def look(self) -> None:
        self._builds()
        for job in self._running():
            report = self._reports.get(job.name)
            if report is not None:
                bar = self._bars[job.name]
                self._progress.update(bar, total=report.collected, completed=len(report.outcomes))


@contextmanager
def screen(jobs: Jobs, reports: Mapping[str, Report]) -> Iterator[Screen]:
    if not sys.stdout.isatty():
        yield Screen(jobs, reports)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(), transient=True) as progress:
        yield Bars(jobs, reports, progress)
