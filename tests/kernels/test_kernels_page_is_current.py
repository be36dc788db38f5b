# SPDX-License-Identifier: Apache-2.0
"""docs/reference/kernels.md is what the kept results say; `make reference` writes it anew."""

from __future__ import annotations

import pytest

from tests.kernels import catalogue, kernels_page, results


def test_the_page_is_what_the_results_say() -> None:
    assert kernels_page.PAGE.read_text() == kernels_page.page(results.kept(), results.here()), (
        "make reference"
    )


def test_every_kernel_of_the_catalogue_has_a_result() -> None:
    assert list(results.kept()) == [kernel.name for kernel in catalogue.SUPPORTED + catalogue.TOO_OLD]


@pytest.mark.parametrize("kernel", [catalogue.OLDEST, catalogue.NEWEST], ids=lambda kernel: kernel.name)
def test_the_oldest_and_the_newest_kernel_had_this_object_file(kernel: catalogue.Kernel) -> None:
    kept = results.kept()[kernel.name]
    if kept["compiler"] != results.compiler():
        pytest.skip(f"needs the compiler that built the object for that page: {kept['compiler']}")
    again = f"make kernels KERNELS={catalogue.OLDEST.name},{catalogue.NEWEST.name}"
    assert kept["object"] == results.current_object(), f"the object file is another one: {again}"


def test_supported_kernels_passed_and_others_were_refused() -> None:
    kept = results.kept()
    for kernel in catalogue.SUPPORTED:
        assert not kept[kernel.name]["refused"]
        assert not [name for name, counts in kept[kernel.name]["cases"].items() if "failed" in counts]
    assert all(kept[kernel.name]["refused"] for kernel in catalogue.TOO_OLD)


def test_kernels_that_were_not_asked_about_the_verifier_are_left_out_of_its_table() -> None:
    kept = {name: {**one, "verified": {}} for name, one in results.kept().items()}
    assert kernels_page.VERIFIED not in kernels_page.page(kept, {})
    asked = {**kept, "6.1": {**kept["6.1"], "verified": {"small": 20, "large": 1500}}}
    here = {"release": "6.18.1", "object": "", "verified": {"large": 2000}}
    _, _, table = kernels_page.page(asked, here).partition(kernels_page.VERIFIED)
    assert table.split("\n\n")[0].splitlines() == [
        "| program | 6.1 | 6.18.1, not emulated |",
        "| --- | --- | --- |",
        "| all together | 1,520 | 2,000 |",
        "| the largest | 1,500 | 2,000 |",
        "| `large` | 1,500 | 2,000 |",
        "| `small` | 20 |  |",
    ]
