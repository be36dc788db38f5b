# SPDX-License-Identifier: Apache-2.0
"""loops.c, compiled and run: one thing done again and again at full speed, in one process or in several.

A loop is a kind of loops.c and the name of the program that starts its processes: rules ask for that name.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.bench.sizes import sized

SOURCE = Path(__file__).with_name("loops.c")
OPENED = Path("/etc/hostname")  # in a folder that rules are about, with a name that none asks for
FILES = 200  # in the folder that is archived, of FILE_BYTES each
FILE_BYTES = 4096
WALKED = sized(100_000, 1_000)  # in the folders through which find goes, empty
IN_A_FOLDER = 1_000
ROUNDS = sized(7, 3)  # of 50 ms; the first is not counted
WALKS = sized(3, 2)  # rounds of a single walk
ROUNDS_A_SECOND = 20
TIMEOUT_S = 60
SHELL, OTHER = "sh", "loops"  # both are names of the same program


@dataclass(frozen=True, slots=True)
class Loop:
    """`what` one operation is, its `kind` in loops.c, its processes' parent's name, how many rounds, in how
    many processes it is measured.
    """

    what: str
    kind: str
    parent: str = OTHER
    rounds: int = ROUNDS
    processes: tuple[int, ...] = (1, 2)


LOOPS = {
    "open": Loop("open and close a file, as a child of a shell", "open", SHELL),
    "open_raw": Loop("open and close a file, as any other's child", "open"),
    "stat": Loop("stat a file", "stat"),
    "walk": Loop("find and xargs stat, 100,000 files", "walk", rounds=WALKS, processes=(1,)),
    "exec": Loop("start a program, by vfork and exec, to its end", "exec"),
    "fork": Loop("fork and exit", "fork"),
    "connect": Loop("connect over loopback, accept, close", "connect"),
    "tar": Loop(f"archive a folder of {FILES} files by tar", "tar"),
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

    folder: Path

    @classmethod
    def build(cls, folder: Path) -> Self:
        """Static, since a loader would open libraries of its own. Without the folders for a walk."""
        made = cls(folder)
        command = [os.environ.get("CC", "gcc"), "-static", "-O2", "-Wall", "-Werror", str(SOURCE)]
        subprocess.run([*command, "-o", folder / OTHER], check=True)
        os.link(folder / OTHER, folder / SHELL)
        (folder / "file").touch()
        (folder / "tree").mkdir()
        for number in range(FILES):
            (folder / "tree" / str(number)).write_bytes(bytes(FILE_BYTES))
        return made

    @contextmanager
    def to_walk(self) -> Iterator[None]:
        """The folders for a walk, and none of them afterwards: pytest would keep those of three runs."""
        walked = self.folder / "walked"
        for number in range(WALKED):
            inside = walked / str(number // IN_A_FOLDER)
            if number % IN_A_FOLDER == 0:
                inside.mkdir(parents=True)
            os.mknod(inside / str(number))
        try:
            yield
        finally:
            shutil.rmtree(walked)

    def run(self, loop: Loop, processes: int, seconds: float = 0, rate: float = 0) -> Timed:
        """One run of the loop's rounds, or of so many seconds; `rate`: operations a second of each process,
        instead of as many as can be.
        """
        rounds = 1 + int(seconds * ROUNDS_A_SECOND) if seconds else loop.rounds
        command = [str(self.folder / loop.parent), loop.kind, str(processes), str(rounds)]
        command += [str(self._worked_on(loop)), str(self.folder / "archive")]
        command += [str(self.folder / OTHER), str(rate)]
        limit = TIMEOUT_S + 2 * seconds
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=limit)
        ns, operations, took = done.stdout.split()
        return Timed(float(ns), int(operations), float(took))

    def _worked_on(self, loop: Loop) -> Path:
        names = {"exec": OTHER, "tar": "tree", "walk": "walked"}
        return OPENED if loop.kind == "open" else self.folder / names.get(loop.kind, "file")
