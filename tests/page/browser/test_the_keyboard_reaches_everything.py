# SPDX-License-Identifier: Apache-2.0
"""Without a mouse: to the content, through the list, into an alert and back, to the filter."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tests.page import made
from tests.page.scenes import SCENES
from tests.page.serving import Served


@pytest.fixture
def serving(empty: Served) -> Served:
    empty.do(lambda: empty.source.reset(made.alerts(500, time.time_ns())))
    return empty


@pytest.fixture
def page(tab: Page, serving: Served) -> Page:
    tab.goto(serving.entrance)
    tab.get_by_text("500 alerts, newest first").wait_for()
    return tab


def place(page: Page) -> int:
    """Of the row that has the focus, from 1."""
    return int(page.evaluate("document.activeElement.closest('li')?.ariaPosInSet ?? 0"))


def test_the_first_step_leads_to_the_content(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_the_list_is_one_stop_and_arrows_walk_in_it(page: Page) -> None:
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Tab")
    assert place(page) == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert place(page) == 2
    page.keyboard.press("End")
    assert place(page) == 500
    page.keyboard.press("PageUp")
    assert 400 < place(page) < 500
    page.keyboard.press("Home")
    assert place(page) == 1
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()


def test_a_row_that_has_the_focus_keeps_it_while_others_come(page: Page, serving: Served) -> None:
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    link = page.evaluate("document.activeElement.href")
    serving.do(lambda: serving.source.happen([made.alert(SCENES[0], time.time_ns(), 9_000)]))
    page.get_by_text("501 alerts, newest first").wait_for()
    assert page.evaluate("document.activeElement.href") == link
    assert place(page) == 3


def test_enter_opens_an_alert(page: Page) -> None:
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Why it fired").wait_for()
    page.go_back()
    page.get_by_text("newest first").wait_for()


def test_letters_work_in_the_list_only(page: Page) -> None:
    text = page.get_by_role("searchbox", name="Text")
    text.focus()
    page.keyboard.type("pj/")
    expect(text).to_have_value("pj/")
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("/")
    expect(text).to_be_focused()
