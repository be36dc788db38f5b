# SPDX-License-Identifier: Apache-2.0
"""Debian's Chromium, driven by Playwright; contexts of it that have opened the page."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final, Literal

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.page.serving import Served

CHROMIUM: Final = "/usr/bin/chromium"
# Nothing but the page is asked for: no updates, no names looked up.
FLAGS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--disable-lcd-text", "--font-render-hinting=none",  # pictures are smaller, and the same on each machine
)  # fmt: skip
SIZE: Final = {"width": 1440, "height": 860}
Scheme = Literal["light", "dark"]


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield found
        finally:
            found.close()


@contextlib.contextmanager
def opened(browser: Browser, served: Served, scheme: Scheme = "light", **how: Any) -> Iterator[Page]:
    """A page of its own context, with a session, at the alerts."""
    context: BrowserContext = browser.new_context(
        **{"viewport": SIZE, "color_scheme": scheme, "reduced_motion": "reduce", "locale": "en-GB"} | how
    )
    try:
        page = context.new_page()
        page.goto(served.entrance)
        yield page
    finally:
        context.close()
