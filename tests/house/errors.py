# SPDX-License-Identifier: Apache-2.0
"""The classes of the product -> the tree of errors that it raises on purpose, as text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.house import rooms

TOP: Final = "LannerError"


@dataclass(frozen=True, slots=True)
class Raised:
    """One class that is an error by its name or by what it is made of."""

    name: str
    bases: tuple[str, ...]
    module: str
    meaning: str  # the first line of its docstring


def raised() -> list[Raised]:
    """Every error class of the product, by name; those of one file only too."""
    found = [one for path, tree in rooms.sources() for one in _in(tree, ".".join(path.with_suffix("").parts))]
    return sorted(found, key=lambda one: one.name)


def strays() -> list[str]:
    """Errors outside the tree."""
    known = {one.name for one in raised()}
    return [f"{one.module}: {one.name}" for one in raised() if one.name != TOP and not known & set(one.bases)]


def drawing() -> str:
    """All but those that never leave their file (a name with an underscore)."""
    shown = [one for one in raised() if not one.name.startswith("_")]
    (top,) = (one for one in shown if one.name == TOP)
    rows = list(_rows(top, shown, "", ""))
    width = max(len(sign) for sign, _ in rows) + 2
    modules = max(len(one.module) for _, one in rows) + 2
    lines = (f"{sign:{width}}{one.module:{modules}}{one.meaning}" for sign, one in rows)
    return "\n".join(["```", *lines, "```"])


def _rows(own: Raised, every: list[Raised], lead: str, below: str) -> Iterator[tuple[str, Raised]]:
    yield lead + own.name, own
    children = [one for one in every if own.name in one.bases]
    for child in children:
        last = child is children[-1]
        yield from _rows(
            child, every, below + ("└── " if last else "├── "), below + ("    " if last else "│   ")
        )


def _in(tree: ast.Module, module: str) -> Iterator[Raised]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            bases = tuple(base.id for base in node.bases if isinstance(base, ast.Name))
            if any(base == "Exception" or base.endswith("Error") for base in bases):
                meaning = (ast.get_docstring(node) or "").split("\n")[0]
                yield Raised(node.name, bases, module, meaning)
