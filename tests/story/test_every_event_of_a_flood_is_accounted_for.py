# SPDX-License-Identifier: Apache-2.0
"""Two processes do what a rule is about as fast as they can: each event is an alert that came out, or is
counted in the summary with the reason why not.
"""

from __future__ import annotations

import pathlib

import pytest

from tests.story import accounts

SECONDS = 10.0


@pytest.mark.timeout(120)  # what is in the rings at the end is matched still
def test_the_sums_add_up(tmp_path: pathlib.Path) -> None:
    accounts.require_exact(*accounts.flooded(tmp_path, SECONDS))
