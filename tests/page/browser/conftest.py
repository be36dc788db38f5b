# SPDX-License-Identifier: Apache-2.0
"""A browser for each file: while Playwright runs, its thread can run no other loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.page import browsing, made
from tests.page.serving import Served, served


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsing.browser() as found:
        yield found


@pytest.fixture(scope="module")
def empty() -> Iterator[Served]:
    """A page that no alert is kept for; a test says which (`Made.reset`)."""
    with served(made.Made(())) as found:
        yield found


@pytest.fixture(scope="module")
def tab(chromium: Browser, empty: Served) -> Iterator[Page]:
    """One for the tests of a file: to make another takes longer than most tests."""
    with browsing.opened(chromium, empty) as found:
        yield found
