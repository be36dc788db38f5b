# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.page` takes the pictures of README and docs, of alerts that were made for them."""

from __future__ import annotations

import pathlib
import time
from typing import Final

from playwright.sync_api import Page

from lanner_page.words import NS
from tests.page import made
from tests.page.browsing import browser, opened
from tests.page.scenes import SCENES
from tests.page.serving import served
from tests.page.states import CHANGE, NODES

DOCS: Final = pathlib.Path(__file__).resolve().parents[2] / "docs"
MOST_BYTES: Final = 150 * 1024
PICTURES: Final = ("page-alerts.png", "page-alert.png", "page-attack.png")


def main() -> None:
    source = made.Made(made.alerts(400, time.time_ns(), 47 * NS), (), NODES)
    source.change = CHANGE
    with served(source) as serving, browser() as chromium:
        with opened(chromium, serving, viewport={"width": 1120, "height": 500}) as page:
            page.get_by_text("Live", exact=True).wait_for()
            _take(page, PICTURES[0])
        with opened(chromium, serving, viewport={"width": 1120, "height": 760}) as page:
            page.get_by_role("link", name=SCENES[1].rule).first.click()
            page.get_by_role("heading", name="Why it fired").wait_for()
            _take(page, PICTURES[1])
        with opened(chromium, serving, "dark", viewport={"width": 1120, "height": 500}) as page:
            page.get_by_role("link", name="ATT&CK").click()
            page.get_by_role("heading", name="Execution").wait_for()
            _take(page, PICTURES[2])


def _take(page: Page, name: str) -> None:
    file = DOCS / name
    page.screenshot(path=file)
    print(f"{file}: {file.stat().st_size >> 10} KiB")


if __name__ == "__main__":
    main()
