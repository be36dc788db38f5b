# SPDX-License-Identifier: Apache-2.0
"""`make reference`: writes the page of docs/reference that is made from the engine's tables."""

from __future__ import annotations

from pathlib import Path

from lanner_engine.fields import listing

PAGE = Path(__file__).parents[3] / "docs/reference/fields.md"

if __name__ == "__main__":
    PAGE.write_text(listing.page() + "\n")
    print(PAGE)
