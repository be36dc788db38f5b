# SPDX-License-Identifier: Apache-2.0
"""A browser for each file: while Playwright runs, its thread can run no other loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.page import browsing


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsing.browser() as found:
        yield found
