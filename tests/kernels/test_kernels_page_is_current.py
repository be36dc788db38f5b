# SPDX-License-Identifier: Apache-2.0
"""docs/reference/kernels.md is what the kept results say; `make reference` writes it anew."""

from __future__ import annotations

from tests.kernels import catalogue, kernels_page, results


def test_the_page_is_what_the_results_say() -> None:
    assert kernels_page.PAGE.read_text() == kernels_page.page(results.kept()), "make reference"


def test_every_kernel_of_the_catalogue_has_a_result() -> None:
    assert list(results.kept()) == [kernel.name for kernel in catalogue.SUPPORTED + catalogue.TOO_OLD]


def test_all_of_them_had_the_same_object_file() -> None:
    assert len({one["object"] for one in results.kept().values()}) == 1


def test_supported_kernels_passed_and_others_were_refused() -> None:
    kept = results.kept()
    for kernel in catalogue.SUPPORTED:
        assert not kept[kernel.name]["refused"]
        assert not [name for name, counts in kept[kernel.name]["cases"].items() if "failed" in counts]
    assert all(kept[kernel.name]["refused"] for kernel in catalogue.TOO_OLD)
