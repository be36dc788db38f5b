# SPDX-License-Identifier: Apache-2.0
"""The pages of docs/reference that are made from the chart: `make reference` writes them."""

from __future__ import annotations

from tests.chart import reference_crds, reference_default_rules, reference_rights, reference_values
from tests.chart.rendering import Helm


def test_of_the_resources() -> None:
    assert reference_crds.PAGE.read_text() == reference_crds.page()


def test_of_the_default_rules() -> None:
    assert reference_default_rules.PAGE.read_text() == reference_default_rules.page()


def test_of_the_values() -> None:
    assert reference_values.PAGE.read_text() == reference_values.page()


def test_of_the_rights(helm: Helm) -> None:
    assert reference_rights.PAGE.read_text() == reference_rights.page(helm)
