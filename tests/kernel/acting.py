# SPDX-License-Identifier: Apache-2.0
"""Programs of several names that open files: which of the opens arrive under a rule."""

from __future__ import annotations

import os
import pathlib
import shutil
from collections.abc import Callable, Sequence
from typing import Final

from tests.kernel.conftest import execute
from tests.kernel.sifting import Sieve, names

OPENS: Final = "evt.type in (open, openat) and "
MARKS: Final = ["before", "after"]
SHELL: Final = os.path.realpath("/bin/sh")


def furnish(folder: pathlib.Path, *programs: str) -> pathlib.Path:
    """Shells of these names, files to open, and FIFOs to wait at."""
    for program in programs:
        shutil.copy(SHELL, folder / program)
    for fifo in ("0", "1", "2"):
        os.mkfifo(folder / fifo)
    for mark in MARKS:
        (folder / mark).touch()
    return folder


def run(place: pathlib.Path, program: str, script: str) -> Callable[[], None]:
    def work() -> None:
        os.chdir(place)
        execute(str(place / program), program, "-c", script)

    return work


def marks(
    sieve: Sieve, place: pathlib.Path, condition: str, work: Callable[[], object], *more: str
) -> list[str]:
    """Which of the files that a process opened arrive, in order, under a rule about opens and others."""
    return opened(place, names(sieve.seen_with((OPENS + condition, *more), work)))


def opened(place: pathlib.Path, found: Sequence[bytes]) -> list[str]:
    """The marks among these paths."""
    paths = (pathlib.Path(os.fsdecode(name)) for name in found)
    return [path.name for path in paths if path.parent == place and path.name in MARKS]
