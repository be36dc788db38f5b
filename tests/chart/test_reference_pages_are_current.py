# SPDX-License-Identifier: Apache-2.0
"""The pages of docs/reference that are made from the chart: `make reference` writes them."""

from __future__ import annotations

from tests.chart import reference_rights, reference_values
from tests.chart.rendering import Helm


def test_of_the_values() -> None:
    assert reference_values.PAGE.read_text() == reference_values.page()


def test_of_the_rights(helm: Helm) -> None:
    assert reference_rights.PAGE.read_text() == reference_rights.page(helm)
