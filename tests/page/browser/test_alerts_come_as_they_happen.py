# SPDX-License-Identifier: Apache-2.0
"""The list while alerts happen: at the top, further down, paused, filtered, cut off and back."""

from __future__ import annotations

import itertools
import time

import pytest
from playwright.sync_api import Page, expect

from tests.page import made
from tests.page.scenes import SCENES
from tests.page.serving import Served

NUMBERS = itertools.count(50_000)


@pytest.fixture
def serving(empty: Served) -> Served:
    empty.do(lambda: empty.source.reset(made.alerts(300, time.time_ns())))
    return empty


@pytest.fixture
def page(tab: Page, serving: Served) -> Page:
    tab.goto(serving.entrance)
    tab.get_by_text("300 alerts, newest first").wait_for()
    return tab


def happen(serving: Served, count: int, scene: int = 1) -> None:
    found = [made.alert(SCENES[scene], time.time_ns() + at, next(NUMBERS)) for at in range(count)]
    serving.do(lambda: serving.source.happen(found))


def test_a_new_one_stands_at_the_top(page: Page, serving: Served) -> None:
    happen(serving, 1, scene=4)
    page.get_by_text("301 alerts, newest first").wait_for()
    expect(page.locator("#list .row").first).to_contain_text(SCENES[4].rule)
    expect(page.locator("#list .row").first).to_have_attribute("aria-posinset", "1")


def test_what_is_read_stays_where_it_is_until_the_new_ones_are_asked_for(page: Page, serving: Served) -> None:
    box = page.locator("#list")
    box.evaluate("box => box.scrollTop = 3000")
    box.evaluate(_SETTLED)
    before = box.evaluate(_IN_SIGHT)
    happen(serving, 7)
    new = page.get_by_role("button", name="7 new alerts above")
    new.wait_for()
    box.evaluate(_SETTLED)
    assert box.evaluate(_IN_SIGHT) == before
    new.click()
    expect(new).to_be_hidden()
    assert box.evaluate("box => box.scrollTop") == 0


def test_a_pause_holds_them_and_loses_none(page: Page, serving: Served) -> None:
    page.get_by_role("button", name="Pause").click()
    happen(serving, 3)
    page.get_by_role("button", name="Pause (3 alerts waiting)").click()
    page.get_by_text("303 alerts, newest first").wait_for()


def test_a_pause_holds_what_is_asked_for_again_too(page: Page, serving: Served) -> None:
    page.get_by_role("button", name="Pause").click()
    found = [made.alert(SCENES[0], time.time_ns(), next(NUMBERS))]
    serving.do(lambda: serving.source.happen(found, told=False))
    serving.do(lambda: serving.source.lose(1))
    page.get_by_text("1 alert came faster than this page reads").wait_for()
    page.wait_for_timeout(500)  # in which it would have been asked for
    expect(page.get_by_text("300 alerts, newest first")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("301 alerts, newest first").wait_for()


def test_what_a_pause_missed_before_many_others_is_there_afterwards(page: Page, serving: Served) -> None:
    page.get_by_role("button", name="Pause").click()
    found = [made.alert(SCENES[0], time.time_ns() + at, next(NUMBERS)) for at in range(500)]
    serving.do(lambda: serving.source.happen(found, told=False))
    serving.do(lambda: serving.source.lose(500))
    happen(serving, 1_100)
    page.get_by_role("button", name="Pause (1,100 alerts waiting)").click()
    page.get_by_text("1,900 alerts, newest first").wait_for()


def test_a_filter_stands_in_the_address_and_holds_for_what_comes(page: Page, serving: Served) -> None:
    page.get_by_label("Rule").fill(SCENES[4].rule)
    page.get_by_label("Text").fill("DONATE")
    page.get_by_role("button", name="Filter").click()
    page.get_by_text("30 alerts, newest first").wait_for()
    assert page.url == f"{serving.address}/?rule={SCENES[4].rule.replace(' ', '+')}&text=DONATE"
    happen(serving, 2, scene=0)
    happen(serving, 1, scene=4)
    page.get_by_text("31 alerts, newest first").wait_for()
    page.get_by_role("link", name="Show all", exact=True).click()
    page.get_by_text("303 alerts, newest first").wait_for()


def test_what_a_broken_connection_missed_is_there_afterwards(page: Page, serving: Served) -> None:
    page.context.set_offline(True)
    serving.do(serving.source.cut)
    page.get_by_text("No connection").wait_for()
    happen(serving, 700)
    page.context.set_offline(False)
    page.get_by_text("1,000 alerts, newest first").wait_for()
    page.get_by_text("Live", exact=True).wait_for()


def test_what_came_too_fast_is_said_and_asked_for_again(page: Page, serving: Served) -> None:
    found = [made.alert(SCENES[0], time.time_ns(), next(NUMBERS))]
    serving.do(lambda: serving.source.happen(found, told=False))
    serving.do(lambda: serving.source.lose(1))
    page.get_by_text("301 alerts, newest first").wait_for()
    page.get_by_text("1 alert came faster than this page reads").wait_for()


def test_a_session_that_ended_is_said(page: Page, serving: Served) -> None:
    serving.do(serving.access.sessions.clear)
    happen(serving, 1)
    page.get_by_text("This session has ended").wait_for()


def test_a_page_of_older_ones_follows_nothing(page: Page, serving: Served) -> None:
    page.goto(f"{serving.address}/?before={time.time_ns()}")
    page.get_by_text("300 alerts, newest first").wait_for()
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    assert serving.do(lambda: serving.source.readers) <= 1  # the page before this one


_SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
_IN_SIGHT = """(box) => {
  const top = box.getBoundingClientRect().top;
  const row = [...box.querySelectorAll(".row")].find((one) => one.getBoundingClientRect().bottom > top + 1);
  return [row.querySelector("a").href, Math.round(row.getBoundingClientRect().top - top)];
}"""
