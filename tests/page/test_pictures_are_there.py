# SPDX-License-Identifier: Apache-2.0
"""The pictures that `python -m tests.page` takes."""

from __future__ import annotations

import pytest

from tests.page.__main__ import DOCS, MOST_BYTES, PICTURES


@pytest.mark.parametrize("name", PICTURES)
def test_each_is_small_and_shown(name: str) -> None:
    file = DOCS / name
    assert file.read_bytes().startswith(b"\x89PNG")
    assert file.stat().st_size <= MOST_BYTES
    assert f"]({name})" in (DOCS / "page.md").read_text()


def test_the_first_page_shows_one() -> None:
    assert f"](docs/{PICTURES[0]})" in (DOCS.parent / "README.md").read_text()
