# SPDX-License-Identifier: Apache-2.0
"""A short part of what `make noise` does: no default rule fires on it but where the page says why."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

from tests.noise import page
from tests.noise.works import WORKS

ROOT = pathlib.Path(__file__).parents[2]
MINUTES, ALERTS = 20, 5


def test_no_default_rule_fires_on_what_machines_do_every_day(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "result.json"
    command = [sys.executable, "-m", "tests.noise", "short", str(file)]
    subprocess.run(command, check=True, timeout=280, cwd=ROOT)
    found = json.loads(file.read_text())
    assert [one for one in found["fired"] if page.explained(one[0], one[2]) is None] == []
    assert [one for one in found["works"] if one[3]] == []
    assert len(found["works"]) > len([work for work in WORKS if work.short]) // 2


def test_the_page_tells_the_last_run() -> None:
    assert page.text(json.loads(page.RESULTS.read_text())) == page.PAGE.read_text()


def test_every_alert_of_the_last_run_is_explained() -> None:
    fired = json.loads(page.RESULTS.read_text())["fired"]
    assert [one for one in fired if page.explained(one[0], one[2]) is None] == []


def test_the_last_run_was_long_whole_and_quiet() -> None:
    found = json.loads(page.RESULTS.read_text())
    assert found["seconds"] >= MINUTES * 60
    assert sum(one[5] for one in found["fired"]) <= ALERTS
    assert {work.name for work in WORKS if not work.lacking} <= {one[0] for one in found["works"]}
