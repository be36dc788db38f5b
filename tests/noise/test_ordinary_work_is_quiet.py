# SPDX-License-Identifier: Apache-2.0
"""A short part of what `make noise` does: no default rule fires on it but where the page says why."""

from __future__ import annotations

import json

from tests.noise import page
from tests.noise.watch import watched
from tests.noise.works import WORKS


def test_no_default_rule_fires_on_what_machines_do_every_day() -> None:
    with watched() as watch:
        for work in WORKS:
            if work.short and not work.lacking:
                watch.do(work)
        watch.pods()
    assert [one for one in watch.noise.fired if page.explained(one.rule, one.by) is None] == []
    assert dict(watch.noise.failed) == {}
    assert watch.noise.done.total() > len(WORKS) // 2


def test_the_page_tells_the_last_run() -> None:
    assert page.text(json.loads(page.RESULTS.read_text())) == page.PAGE.read_text()


def test_every_alert_of_the_last_run_is_explained() -> None:
    fired = json.loads(page.RESULTS.read_text())["fired"]
    assert [one for one in fired if page.explained(one[0], one[2]) is None] == []
