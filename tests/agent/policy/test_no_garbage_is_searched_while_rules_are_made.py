# SPDX-License-Identifier: Apache-2.0
"""The search for garbage stands still while rules are made, and goes on afterwards, whatever came of them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import suppress

import pytest

from lanner_agent.policy.uncollected import uncollected


def test_it_goes_on_after_rules_that_failed() -> None:
    with suppress(ZeroDivisionError), uncollected():
        assert not gc.isenabled()
        raise ZeroDivisionError
    assert gc.isenabled()


@pytest.fixture
def _starting() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_starting")
def test_it_stays_off_where_it_was_off() -> None:
    with uncollected():
        assert not gc.isenabled()
    assert not gc.isenabled()
