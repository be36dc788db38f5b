# SPDX-License-Identifier: Apache-2.0
"""10,000 alerts in one list, and a hundred more each second."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from lanner_page.words import NS
from tests.page import made
from tests.page.browsing import opened
from tests.page.scenes import SCENES
from tests.page.serving import Served, served

MANY = 10_000
A_SECOND, TICK_S, WINDOW_S, WINDOWS = 100, 0.1, 1.5, 3
LONGEST_MS = 200
READY_S = 15  # on a machine that does much else; 0.4 s on one that does not
WATCH = """
window.tasks = [];
const seen = (list) => tasks.push(...list.getEntries().map((one) => one.duration));
new PerformanceObserver(seen).observe({type: "longtask"});
"""


@pytest.fixture(scope="module")
def serving() -> Iterator[Served]:
    with served(made.Made(made.alerts(MANY, time.time_ns(), NS))) as found:
        yield found


@pytest.fixture(scope="module")
def page(chromium: Browser, serving: Served) -> Iterator[Page]:
    with opened(chromium, serving) as found:
        found.add_init_script(WATCH)
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
    """In the calmest of a few moments, because the machine may be busy with other things."""
    page.locator("#list").evaluate("box => box.scrollTop = 0")
    worst = [_worst(page, serving, window) for window in range(WINDOWS)]
    print(f"longest tasks {[f'{one:.0f} ms' for one in worst]}")
    assert min(worst) <= LONGEST_MS
    last = made.alert(SCENES[0], 0, _number(WINDOWS, 0) - 1).id
    page.locator(f'#list a[href="/alert/{last}"]').wait_for()


def _worst(page: Page, serving: Served, window: int) -> float:
    """The longest task, in ms, while alerts come; 0 when none took 50 ms."""
    page.evaluate("tasks.length = 0")
    for tick in range(round(WINDOW_S / TICK_S)):
        begin = _number(window, tick)
        count = round(A_SECOND * TICK_S)
        found = [made.alert(SCENES[at % len(SCENES)], time.time_ns() + at, begin + at) for at in range(count)]
        serving.do(lambda found=found: serving.source.happen(found))  # type: ignore[misc]
        page.wait_for_timeout(1000 * TICK_S)
    return float(max(page.evaluate("tasks"), default=0))


def _number(window: int, tick: int) -> int:
    return MANY + round(A_SECOND * (window * WINDOW_S + tick * TICK_S))
