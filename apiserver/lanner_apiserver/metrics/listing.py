# SPDX-License-Identifier: Apache-2.0
"""Tables of families -> the rows of their reference page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lanner_apiserver.metrics.family import Family


def table(families: Sequence[Family[Any]]) -> str:
    """In Markdown, in the table's order."""
    head = "| metric | type | labels | what it is |\n|---|---|---|---|\n"
    return head + "\n".join(map(_row, families))


def _row(family: Family[Any]) -> str:
    labels = ", ".join(f"`{label}`" for label in family.labels)
    return f"| `{family.name}` | {family.kind} | {labels} | {family.help} |"
