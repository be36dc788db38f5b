# SPDX-License-Identifier: Apache-2.0
"""Processes that run beside each other: each starts when what it needs has ended well and a place is free.

In: jobs in the order in which they should start. Out: how each ended. A job whose need failed is not started.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE_S = 30.0  # for those that were asked to end


@dataclass(slots=True)
class Job:
    """One command with its log. `alone`: of the jobs with this word one runs at a time; `places`: how many of
    those that there are it takes."""

    name: str
    command: Sequence[str]
    log: Path
    needs: tuple[str, ...] = ()
    alone: str = ""
    nice: int = 0
    places: int = 1
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    began: float = 0.0
    seconds: float = 0.0
    status: int | None = None  # None: not started or not over

    @property
    def running(self) -> bool:
        return self.process is not None and self.status is None

    def start(self) -> None:
        self.began = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["nice", "-n", str(self.nice), *self.command],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, process_group=0,
            )  # fmt: skip

    def look(self) -> bool:
        """Whether it has just ended."""
        if not self.running or self.process is None:
            return False
        self.seconds = time.monotonic() - self.began
        self.status = self.process.poll()
        return self.status is not None

    def interrupt(self, number: int) -> None:
        """To the process only: pytest sees to its own children."""
        if self.running and self.process is not None:
            self.process.send_signal(number)


class Jobs:
    """All of them; call `turn` until `over`."""

    def __init__(self, jobs: Sequence[Job], places: int | None = None) -> None:
        self.jobs = tuple(jobs)
        self._places = places or (os.cpu_count() or 1) + 1  # many wait more than they compute

    @property
    def over(self) -> bool:
        return not any(job.running for job in self.jobs) and not self._next()

    def turn(self) -> tuple[list[Job], list[Job]]:
        """Start what can be started; those that were, and those that have ended since."""
        ended = [job for job in self.jobs if job.look()]
        started = []
        while job := self._next():
            job.start()
            started.append(job)
        return started, ended

    def blocked(self) -> list[Job]:
        """Those that will never start, since what they need failed."""
        failed = {job.name for job in self.jobs if job.status}
        hopeless: set[str] = set(failed)
        for _ in self.jobs:
            hopeless |= {job.name for job in self.jobs if hopeless.intersection(job.needs)}
        return [job for job in self.jobs if job.name in hopeless - failed]

    def stop(self) -> None:
        """As Ctrl-C would; whatever does not end then is killed."""
        for job in self.jobs:
            job.interrupt(signal.SIGINT)
        deadline = time.monotonic() + PATIENCE_S
        while any(job.running for job in self.jobs) and time.monotonic() < deadline:
            for job in self.jobs:
                job.look()
            time.sleep(0.1)
        for job in self.jobs:
            job.interrupt(signal.SIGKILL)

    def _next(self) -> Job | None:
        running = [job for job in self.jobs if job.running]
        free = self._places - sum(job.places for job in running)
        done = {job.name for job in self.jobs if job.status == 0}
        taken = {job.alone for job in running if job.alone}
        for job in self.jobs:
            fits = job.places <= free or not running
            if fits and job.process is None and done.issuperset(job.needs) and job.alone not in taken:
                return job
        return None
