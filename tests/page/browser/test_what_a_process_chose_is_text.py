# SPDX-License-Identifier: Apache-2.0
"""Markup, scripts, control characters in names, arguments, labels: a real browser shows them, obeys none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from tests.page import hostile
from tests.page.browsing import opened
from tests.page.made import Made
from tests.page.serving import Served, served

WATCH = """
window.violations = [];
const said = ({ violatedDirective, blockedURI }) => violations.push(`${violatedDirective} ${blockedURI}`);
addEventListener("securitypolicyviolation", said);
"""

OBEYED = """() => {
  const MADE = "main :is(img, style, script, b, iframe, object)";
  const all = [...document.querySelectorAll("*")];
  return [
    ...window.violations,
    ...(window.owned ? ["a script ran"] : []),
    ...all.filter((one) => one.matches(MADE)).map((one) => one.outerHTML),
    ...all.flatMap((one) => one.getAttributeNames()).filter((name) => /^on|^autofocus$/.test(name)),
    ...[...document.links].map((one) => one.href).filter((href) => !href.startsWith(location.origin)),
  ];
}"""


@pytest.fixture(scope="module")
def serving() -> Iterator[Served]:
    source = Made(hostile.alerts(time.time_ns()), tuple(hostile.TEXTS.values()), hostile.nodes())
    source.known, source.change = hostile.rules(), hostile.change()
    with served(source) as found:
        yield found


@pytest.fixture(scope="module")
def page(chromium: Browser, serving: Served) -> Iterator[Page]:
    with opened(chromium, serving) as found:
        found.add_init_script(WATCH)
        yield found


@pytest.fixture
def said(page: Page) -> Iterator[list[str]]:
    """What the browser complains of, and what it is made to do, meanwhile."""
    found: list[str] = []
    listeners = {
        "console": lambda message: found.append(message.text),
        "pageerror": lambda error: found.append(str(error)),
        "dialog": lambda dialog: found.append(dialog.message),
    }
    for event, listener in listeners.items():
        page.on(event, listener)  # type: ignore[call-overload]
    yield found
    for event, listener in listeners.items():
        page.remove_listener(event, listener)


def obeyed(page: Page) -> list[object]:
    """What of the texts became more than text."""
    return [*page.evaluate(OBEYED), *(repr(char) for char in hostile.UNSEEN if char in page.content())]


@pytest.mark.parametrize(
    "path", ["/", "/rules?text=%3C", "/rules?order=name", "/nodes", "/attack", "/change"]
)
def test_every_view_shows_it_and_obeys_none(page: Page, serving: Served, said: list[str], path: str) -> None:
    page.goto(serving.address + path)
    if path == "/":
        page.get_by_text("Live", exact=True).wait_for()
    assert obeyed(page) == []
    assert said == []


def test_the_list_shows_it_as_it_was_written(page: Page, serving: Served) -> None:
    page.goto(serving.address)
    page.get_by_text("Live", exact=True).wait_for()
    shown = page.locator("#list .row .text").all_inner_texts()
    for name in ("script", "image", "attribute", "link", "template", "entity", "comment"):
        assert hostile.TEXTS[name] in shown
    assert "safe\\u202egnp.exe\\u2066\\u200b\\ufeff" in shown


def test_an_alert_of_it_is_shown_whole(page: Page, serving: Served, said: list[str]) -> None:
    for alert in hostile.alerts(0):
        page.goto(f"{serving.address}/alert/{alert.id}")
        page.get_by_role("heading", name="Fields").wait_for()
        assert obeyed(page) == []
        assert said == []
        if alert.rule.isascii() and alert.rule.isprintable() and len(alert.rule) < 200:
            assert page.locator("h1").inner_text() == alert.rule


def test_an_event_that_happens_now_ends_no_event_early(page: Page, serving: Served, said: list[str]) -> None:
    page.goto(serving.address)
    page.get_by_text("Live", exact=True).wait_for()
    again = [
        replace(one, id=f"again-{at}-<b>\ud800", at_ns=time.time_ns() + at)
        for at, one in enumerate(hostile.alerts(time.time_ns()))
    ]
    serving.do(lambda: serving.source.happen(again))
    page.get_by_text(f"{2 * len(again)} alerts, newest first").wait_for()
    assert obeyed(page) == []
    assert said == []


def test_a_filter_in_the_address_is_text_too(page: Page, serving: Served, said: list[str]) -> None:
    for text in ("script", "attribute", "template", "override"):
        query = quote(hostile.TEXTS[text], safe="")
        page.goto(
            f"{serving.address}/?text={query}&rule={query}&priority={query}&before={query}&tactic={query}"
        )
        page.get_by_text("Live", exact=True).wait_for()
        assert obeyed(page) == []
    assert said == []
