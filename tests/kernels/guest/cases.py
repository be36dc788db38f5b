# SPDX-License-Identifier: Apache-2.0
"""In the guest: the tests of tests/kernel, run by pytest as anywhere; one `CASE {...}` line for each.

Run by init.sh, and only where doctor.py found nothing missing. In: PYTHONPATH with the agent, the engine,
`tests/kernel` and pytest, which takes this file as a plugin. Out, on the serial line: CASE lines with the
test's id, outcome and time, and why where it did not pass; files that cannot run in a guest are `left out`.
A routine guest runs the tests that are marked `each_kernel`: what they ask for differs between kernels.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

CONSOLE = Path("/dev/console")
LAST_WORDS = 1500
OPTIONS = (
    *("--import-mode=importlib", "--rootdir=/lanner", "-p", "no:cacheprovider"),
    *("-p", "tests.kernels.guest.cases", "-o", "timeout=300"),  # emulated, and maybe beside others
)
LEFT_OUT = {
    "test_layout.py": "needs a compiler and the headers",
    "test_kernel_memory_is_bounded.py": "needs the memory of 10,000 processes",
    "test_what_ran_before_is_known_without_a_gap.py": "loads the probes for each test, which emulated takes "
    "half a minute",
    "test_no_drawn_rule_that_is_true_is_held_back.py": "draws by the engine's tests and Hypothesis, "
    "which a guest has none of",
}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """One line when a test is over, and one more if leaving it failed."""
    if report.when == "call" or report.outcome != "passed":
        _say(report.nodeid, report.outcome, _why(report), seconds=report.duration)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A file that cannot be imported is a failed case, one that skips itself a skipped one."""
    if not report.passed:
        _say(report.nodeid, report.outcome, _why(report))


def _why(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The reason of a skip, the last words of a failure."""
    if report.passed:
        return ""
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)[-LAST_WORDS:]


def _say(name: str, outcome: str, why: str, *, seconds: float = 0) -> None:
    line = json.dumps({"name": name, "outcome": outcome, "why": why, "seconds": round(seconds, 1)})
    CONSOLE.write_text(f"CASE {line}\n")


def main() -> None:
    """Become pytest, under the name that tests look for among their ancestors, in a session of its own."""
    os.setsid()
    os.environ["LANNER_LOAD"] = "0.02"  # tests/kernel/load.py
    for name, why in LEFT_OUT.items():
        _say(f"tests/kernel/{name}", "left out", why)
    left_out = [f"--ignore=/lanner/tests/kernel/{name}" for name in LEFT_OUT]
    # Asserts as they stand: emulated, writing them anew takes as long as a dozen tests.
    chosen = ["-m", "each_kernel", "--assert=plain"] if "LANNER_ROUTINE" in os.environ else []
    command = [sys.executable, "-m", "pytest", "/lanner/tests/kernel", *OPTIONS, *chosen, *left_out]
    os.execv(sys.executable, command)  # noqa: S606 (no shell is the point)


if __name__ == "__main__":
    main()
