# SPDX-License-Identifier: Apache-2.0
"""`make reference`: writes into docs/architecture.md what is drawn from the code."""

from __future__ import annotations

from typing import Final

from tests.house import errors, rooms

PAGE: Final = rooms.ROOT / "docs/architecture.md"
DRAWN: Final = {"rooms": rooms.drawing, "errors": errors.drawing}  # by the mark that the page has before it


def current(text: str) -> str:
    """The page with every drawing as it is now, between its two marks."""
    for mark, draw in DRAWN.items():
        before, rest = text.split(f"<!-- {mark}: ")
        note, rest = rest.split("\n", 1)
        end = f"<!-- end of {mark} -->"
        text = f"{before}<!-- {mark}: {note}\n{draw()}\n{end}{rest.split(end)[1]}"
    return text


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(PAGE)
