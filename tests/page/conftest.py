# SPDX-License-Identifier: Apache-2.0
"""The page, served of three alerts and those that a test adds."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.page import made
from tests.page.asking import Said, ask, session
from tests.page.serving import Served, served
from tests.page.states import CHANGE, NODES


@pytest.fixture
def page() -> Iterator[Served]:
    source = made.Made(made.alerts(3, time.time_ns()), (), NODES)
    source.change = CHANGE
    with served(source) as found:
        yield found


class Reader:
    """With a session."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.cookie = session(served)

    def get(self, path: str) -> Said:
        return ask(self.served, path, Cookie=self.cookie)


@pytest.fixture
def reader(page: Served) -> Reader:
    return Reader(page)
