# SPDX-License-Identifier: Apache-2.0
"""The filter of a page, as its URL has it: read from a query, and written into one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Final
from urllib.parse import urlencode

from lanner_page.source import MOST_ALERTS, Filter

MOST_TEXT: Final = 500  # characters of a value
NAMES: Final = ("priority", "namespace", "workload", "pod", "rule", "tactic", "text")
_SHOWN: Final = 200  # alerts of a page as it is sent
_LATEST: Final = 1 << 63


def of(query: Mapping[str, str]) -> Filter:
    """What is unknown is left out, what is too long or too much is cut: any URL shows a page."""
    texts = {name: query.get(name, "").strip()[:MOST_TEXT] for name in NAMES}
    before = _number(query.get("before", ""), 0, _LATEST)
    limit = _number(query.get("limit", ""), 1, MOST_ALERTS)
    return Filter(**texts, before_ns=before, limit=_SHOWN if limit is None else limit)


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


def _number(text: str, least: int, most: int) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LATEST))):
        return None
    return min(max(int(text), least), most)
