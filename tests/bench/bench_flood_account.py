# SPDX-License-Identifier: Apache-2.0
"""The flood of tests/story for a minute: what came out of it, of all that was done."""

from __future__ import annotations

import dataclasses
import pathlib

import pytest

from tests.bench import figures
from tests.story import accounts

SECONDS = 60.0
PATIENCE_S = 240


@pytest.mark.timeout(PATIENCE_S)
def test_a_minute_of_matching_opens(tmp_path: pathlib.Path) -> None:
    account, done = accounts.flooded(tmp_path, SECONDS)
    accounts.require_exact(account, done)
    counts = dataclasses.asdict(account) | {"done": done, "seconds": SECONDS}
    print(f"flood: {figures.keep('flood', counts)}: {counts}")
