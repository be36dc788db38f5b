# SPDX-License-Identifier: Apache-2.0
"""The loops differ by the name of their processes' parent, since rules ask for it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.loops import LOOPS, OTHER, Loop, Workshop

SECONDS, RATE = 1.0, 20
pytestmark = pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop.build(tmp_path)


def families(program: Path) -> Iterator[tuple[str, str]]:
    """Name and parent's name of every process that runs a program of this folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "exe").readlink().parent == program:
                parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
                yield (
                    (process / "comm").read_text().strip(),
                    Path("/proc", parent, "comm").read_text().strip(),
                )
        except OSError:
            continue  # it has ended, or is another user's


@pytest.mark.parametrize("loop", [LOOPS["open"], LOOPS["open_raw"]], ids=["open", "open_raw"])
def test_both_processes_have_the_parent_that_is_said(workshop: Workshop, loop: Loop) -> None:
    running = threading.Thread(target=workshop.run, args=(loop, 2, SECONDS, RATE))
    running.start()
    seen: set[tuple[str, str]] = set()
    most = 0
    while running.is_alive():
        found = list(families(workshop.folder))
        seen.update(found)
        most = max(most, found.count((OTHER, loop.parent)))
        time.sleep(0.05)
    running.join()
    assert most == 2, seen


def test_a_rate_is_kept(workshop: Workshop) -> None:
    timed = workshop.run(LOOPS["open"], 2, SECONDS, RATE)
    assert timed.operations <= 2 * RATE * (SECONDS + 0.05) + 2
    assert timed.operations >= 2
