# SPDX-License-Identifier: Apache-2.0
"""10,000 alerts in one list, and a hundred more each second."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from lanner_page.words import NS
from tests.page import made
from tests.page.browsing import opened
from tests.page.scenes import SCENES
from tests.page.serving import Served, served

MANY = 10_000
A_TICK, TICK_S, TICKS = 10, 0.1, 30
LONGEST_MS = 200
READY_S = 30  # on a machine that does much else


@pytest.fixture(scope="module")
def serving() -> Iterator[Served]:
    with served(made.Made(made.alerts(MANY, time.time_ns(), NS))) as found:
        yield found


@pytest.fixture(scope="module")
def page(chromium: Browser, serving: Served) -> Iterator[Page]:
    with opened(chromium, serving) as found:
        yield found


def test_the_list_is_there_at_once(page: Page, serving: Served) -> None:
    began = time.monotonic()
    page.goto(serving.address)
    page.get_by_text("Live", exact=True).wait_for()
    page.locator("#list.windowed .row").first.wait_for()
    took = time.monotonic() - began
    print(f"ready after {took:.2f} s")
    assert took < READY_S


def test_all_of_them_are_reached_and_few_are_in_the_document(page: Page) -> None:
    began = time.monotonic()
    while "10,000 alerts" not in page.locator("#state").inner_text():
        page.locator("#list").evaluate("box => box.scrollTop = box.scrollHeight")
        page.wait_for_timeout(50)
    print(f"all after {time.monotonic() - began:.2f} s")
    assert page.locator("#list .row").count() < 120
    page.get_by_role("link", name="Older alerts").wait_for()


def test_a_hundred_a_second_hold_up_nothing(page: Page, serving: Served) -> None:
    """What the page's thread computes from one tick to the next bounds each of its tasks; by the processor's
    time, because a machine that does much else makes every task long by the clock."""
    page.locator("#list").evaluate("box => box.scrollTop = 0")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    ticks = [_tick(page, serving, devtools, tick) for tick in range(TICKS)]
    print(f"the page computed {max(ticks):.0f} ms of a tick at most, {sum(ticks):.0f} ms in all {TICKS}")
    assert max(ticks) <= LONGEST_MS
    last = made.alert(SCENES[0], 0, MANY + TICKS * A_TICK - 1).id
    page.locator(f'#list a[href="/alert/{last}"]').wait_for()


def _tick(page: Page, serving: Served, devtools: CDPSession, tick: int) -> float:
    """Alerts come; returns what the page's thread computed meanwhile, in ms."""
    before = _computed(devtools)
    begin = MANY + tick * A_TICK
    found = [made.alert(SCENES[at % len(SCENES)], time.time_ns() + at, begin + at) for at in range(A_TICK)]
    serving.do(lambda: serving.source.happen(found))
    page.wait_for_timeout(1000 * TICK_S)
    return _computed(devtools) - before


def _computed(devtools: CDPSession) -> float:
    metrics = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    return 1000 * float(metrics["TaskDuration"])
