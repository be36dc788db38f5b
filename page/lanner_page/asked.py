# SPDX-License-Identifier: Apache-2.0
"""The filter of a page, as its URL has it: read from a query, and written into one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Final
from urllib.parse import urlencode

from lanner_page import wire
from lanner_page.source import MOST_ALERTS, Filter

MOST_TEXT: Final = 500  # characters of a value
NAMES: Final = wire.WORDS


def of(query: Mapping[str, str]) -> Filter:
    """What is unknown is left out, what is too long or too much is cut: any URL shows a page."""
    texts = {name: query.get(name, "").strip()[:MOST_TEXT] for name in NAMES}
    limit = wire.number(query.get("limit", ""))
    shown = Filter().limit if limit is None else min(max(limit, 1), MOST_ALERTS)
    return Filter(**texts, before_ns=wire.number(query.get("before", "")), limit=shown)


def query(asked: Filter, **other: str | int | None) -> str:
    """`?rule=…`, what is asked for only; "" when that is nothing. `other` replaces values of the filter."""
    changed = replace(asked, **other)  # type: ignore[arg-type]
    found = {one.name: getattr(changed, one.name) for one in fields(changed) if one.name in NAMES}
    found["before"] = changed.before_ns
    said = {name: value for name, value in found.items() if value not in ("", None)}
    words = urlencode(said, errors="replace")
    return f"?{words}" if words else ""


def narrows(asked: Filter) -> bool:
    """Whether it leaves anything out."""
    return any(getattr(asked, name) for name in NAMES)
