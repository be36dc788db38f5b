# SPDX-License-Identifier: Apache-2.0
"""Time that the kernel spends in the programs of one process, by its own clock (kernel.bpf_stats_enabled).

In: a process id. Out: nanoseconds, the clock's own share included: it is read twice for each run.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SWITCH = Path("/proc/sys/kernel/bpf_stats_enabled")


@contextmanager
def counted() -> Iterator[None]:
    """The clock runs, and is left as it was."""
    before = SWITCH.read_text()
    SWITCH.write_text("1")
    try:
        yield
    finally:
        SWITCH.write_text(before)


def spent_ns(pid: int) -> int:
    """Since they were loaded, as far as the clock ran."""
    own = _programs_of(pid)
    shown = json.loads(subprocess.check_output(["bpftool", "--json", "prog", "show"]))
    return sum(one.get("run_time_ns", 0) for one in shown if one["id"] in own)


def _programs_of(pid: int) -> set[int]:
    """Ids of those it holds descriptors of, or of links to."""
    files = Path(f"/proc/{pid}/fdinfo").iterdir()
    return {int(found) for file in files for found in re.findall(r"^prog_id:\t(\d+)$", _read(file), re.M)}


def _read(file: Path) -> str:
    """ "" where the descriptor was closed meanwhile."""
    try:
        return file.read_text()
    except OSError:
        return ""
