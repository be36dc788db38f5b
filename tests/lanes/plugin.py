# SPDX-License-Identifier: Apache-2.0
"""The pytest side of a lane: `-p tests.lanes.plugin --lane NAME --report FILE`.

Only the lane's files are collected. FILE gets a JSON line for everything that happens, for report.py: so the
parent knows how far the lane is, and where it was when it ended early.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from tests.lanes import catalogue

TESTS: Final = Path(__file__).resolve().parents[1]
MAX_REASON: Final = 300  # characters
# A test that asks for one of these needs root, a cluster or a guest.
NOT_PLAIN: Final = frozenset(
    {
        "probes",
        "containerd",
        "cluster_binaries",
        "cluster",
        "control_plane",
        "images",
        "report",
        "refusal",
        "wheel",
        "chromium",
    }
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lanes")
    group.addoption("--lane", required=True, help="the lane whose files are collected")
    group.addoption(
        "--report", required=True, type=Path, help="where to write what happens, a JSON line each"
    )


def pytest_configure(config: pytest.Config) -> None:
    (lane,) = catalogue.lanes([config.getoption("--lane")])
    config.pluginmanager.register(Reporter(lane, config.getoption("--report")))


class Reporter:
    """Chooses the lane's files and reports on their tests."""

    def __init__(self, lane: catalogue.Lane, report: Path) -> None:
        self._lane = lane
        self._file = report.open("w", buffering=1)

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Files of other lanes are not even imported."""
        if collection_path.is_dir() or not collection_path.name.startswith("test_"):
            return None
        name = collection_path.resolve().relative_to(TESTS).as_posix()
        return None if catalogue.lane_of(name) is self._lane else True

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self._lane.plain:
            for item in items:
                asked = NOT_PLAIN.intersection(getattr(item, "fixturenames", ()))
                if asked:
                    raise pytest.UsageError(
                        f"{item.nodeid} asks for {', '.join(asked)}: not for a plain lane"
                    )

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._say("collected", "", count=len(session.items))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._say("begin", nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._say(
            report.when, report.nodeid, outcome=report.outcome, seconds=report.duration, why=reason(report)
        )

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._say("end", nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be imported, or that skips itself."""
        if not report.passed:
            self._say("collect", report.nodeid, outcome=report.outcome, seconds=0.0, why=reason(report))

    def pytest_unconfigure(self) -> None:
        self._file.close()

    def _say(self, what: str, test: str, **more: object) -> None:
        self._file.write(json.dumps({"what": what, "test": test, **more}) + "\n")


def reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Of a failure, in one line; of anything else nothing."""
    if not report.failed:
        return ""
    crash = getattr(report.longrepr, "reprcrash", None)
    said = str(crash.message) if crash else str(report.longrepr).strip().rpartition("\n")[2]
    return " ".join(said.split())[:MAX_REASON]
