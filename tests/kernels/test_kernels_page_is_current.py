# SPDX-License-Identifier: Apache-2.0
"""docs/reference/kernels.md is what the kept results say; `make reference` writes it anew."""

from __future__ import annotations

import json

from tests.kernels import catalogue, results


def test_the_page_is_what_the_results_say() -> None:
    assert results.PAGE.read_text() == results.page(json.loads(results.KEPT.read_text())), "make reference"


def test_every_kernel_of_the_catalogue_has_results_without_a_failure() -> None:
    kept = json.loads(results.KEPT.read_text())
    assert list(kept) == [kernel.name for kernel in catalogue.SUPPORTED + catalogue.TOO_OLD]
    for kernel in catalogue.SUPPORTED:
        assert not kept[kernel.name]["refused"]
        assert not [subject for subject, counts in kept[kernel.name]["cases"].items() if "failed" in counts]
    assert all(kept[kernel.name]["refused"] for kernel in catalogue.TOO_OLD)
