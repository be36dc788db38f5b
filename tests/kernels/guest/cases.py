# SPDX-License-Identifier: Apache-2.0
"""In the guest: the tests of tests/kernel, run by pytest as anywhere; one `CASE {...}` line for each.

Run by init.sh behind watch.py, and only where the object loads. In: PYTHONPATH with the agent, the engine,
`tests/kernel` and pytest, which takes this file as a plugin. Out, on the serial line: CASE lines with the
test's id, its outcome, and for a failed or skipped one the last lines of why.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from lanner_agent.kernel import requirements

CONSOLE = Path("/dev/console")
LAST_WORDS = 1500
OPTIONS = (
    *("--import-mode=importlib", "--rootdir=/lanner", "-p", "no:cacheprovider", "-p", "cases"),
    *("-o", "timeout=60"),
)
# What needs a compiler, the memory of 10,000 processes, or probes loaded for each test, which takes an
# emulated verifier half a minute; the machine that builds the project does these.
LEFT_OUT = (
    "test_layout.py",
    "test_kernel_memory_is_bounded.py",
    "test_ring.py",
    "test_maps_and_programs_by_descriptor.py",
    "test_what_ran_before_is_known_without_a_gap.py",
)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """One line when a test is over, and one more if leaving it failed."""
    if report.when == "call" or report.outcome != "passed":
        why = "" if report.passed else str(report.longrepr)[-LAST_WORDS:]
        _say(report.nodeid, report.outcome, why)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that cannot be imported is a failed case."""
    if report.failed:
        _say(report.nodeid, report.outcome, str(report.longrepr)[-LAST_WORDS:])


def _say(name: str, outcome: str, why: str) -> None:
    line = json.dumps({"name": name, "outcome": outcome, "why": why})
    CONSOLE.write_text(f"CASE {line}\n")


def main() -> None:
    """Become pytest, under the name that tests look for among their ancestors."""
    if requirements.refusal():  # watch.py has said so
        return
    os.environ["LANNER_LOAD"] = "0.02"  # tests/kernel/load.py
    left_out = [f"--ignore=/lanner/tests/kernel/{name}" for name in LEFT_OUT]
    command = [sys.executable, "-m", "pytest", "/lanner/tests/kernel", *OPTIONS, *left_out]
    os.execv(sys.executable, command)  # noqa: S606 (no shell is the point)


if __name__ == "__main__":
    main()
