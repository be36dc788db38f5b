# SPDX-License-Identifier: Apache-2.0
"""axe-core finds nothing to say in any view, light and dark, wide and narrow."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from lanner_page.words import NS
from tests.page import made
from tests.page.browsing import opened
from tests.page.scenes import SCENES
from tests.page.serving import Served, served
from tests.page.states import CHANGE, NODES

VIEWS = (
    "/",
    "/?rule=none",
    f"/alert/{made.alert(SCENES[1], 0, 1).id}",
    "/rules",
    "/nodes",
    "/attack",
    "/change",
)


@pytest.fixture(scope="module")
def serving() -> Iterator[Served]:
    source = made.Made(made.alerts(60, time.time_ns(), 20 * NS), ("node-9 did not answer.",), NODES)
    source.known, source.change = made.rules(made.alerts(60, time.time_ns()))[:12], CHANGE
    with served(source) as found:
        yield found


@pytest.fixture(scope="module", params=["light", "dark"])
def page(chromium: Browser, serving: Served, request: pytest.FixtureRequest) -> Iterator[Page]:
    with opened(chromium, serving, request.param) as found:
        yield found


@pytest.mark.parametrize("path", [*VIEWS, "/enter?token=wrong"])
def test_nothing_stands_in_the_way(page: Page, serving: Served, path: str) -> None:
    page.goto(serving.address + path)
    for closed in page.locator("details").all()[:3]:
        closed.locator("summary").first.click()
    assert _said(page) == []


def test_nor_on_a_narrow_screen(chromium: Browser, serving: Served) -> None:
    with opened(chromium, serving, viewport={"width": 420, "height": 800}) as page:
        for path in ("/", "/nodes", "/rules"):
            page.goto(serving.address + path)
            assert _said(page) == []


def _said(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html']} {node['failureSummary']}" for one in found for node in one["nodes"]]
