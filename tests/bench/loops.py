# SPDX-License-Identifier: Apache-2.0
"""loops.c, compiled and run: one thing done again and again at full speed, in one process or in several.

Called by bench_loops. A loop is named by what loops.c calls it.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

SOURCE = Path(__file__).with_name("loops.c")
FILES = 200  # in the folder that is archived, of FILE_BYTES each
FILE_BYTES = 4096
ROUNDS = 7  # of 50 ms; the first is not counted
TIMEOUT_S = 60

# What one operation is.
LOOPS = {
    "open": "open and close a file",
    "stat": "stat a file",
    "exec": "start a program: vfork, exec, exit",
    "fork": "fork and exit",
    "connect": "connect over loopback, accept, close",
    "tar": f"archive a folder of {FILES} files by tar",
}


@dataclass(frozen=True, slots=True)
class Timed:
    """Of one run: nanoseconds of one operation in its best round, and what was done in how many seconds."""

    ns: float
    operations: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Workshop:
    """The compiled program and what it works on, in a folder of its own."""

    program: Path
    file: Path
    tree: Path
    archive: Path

    @classmethod
    def build(cls, folder: Path) -> Self:
        """Static, since a loader would open libraries of its own."""
        made = cls(folder / "loops", folder / "file", folder / "tree", folder / "archive")
        command = [os.environ.get("CC", "gcc"), "-static", "-O2", "-Wall", "-Werror", str(SOURCE)]
        subprocess.run([*command, "-o", made.program], check=True)
        made.file.touch()
        made.tree.mkdir()
        for number in range(FILES):
            (made.tree / str(number)).write_bytes(bytes(FILE_BYTES))
        return made

    def run(self, loop: str, processes: int) -> Timed:
        """One run of ROUNDS rounds."""
        worked_on = {"exec": self.program, "tar": self.tree}.get(loop, self.file)
        command = [str(self.program), loop, str(processes), str(ROUNDS), str(worked_on), str(self.archive)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=TIMEOUT_S)
        ns, operations, seconds = done.stdout.split()
        return Timed(float(ns), int(operations), float(seconds))
