# SPDX-License-Identifier: Apache-2.0
"""An Alert as a line of JSON, and a Filter as the query of a URL, between who keeps alerts and who asks.

Who asks reads what another program wrote: everything is bounded and checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final, TypeGuard
from urllib.parse import urlencode

from lanner_page.source import MOST_ALERTS, Alert, Filter

WORD: Final = 512  # characters of a word of a filter
_LATEST: Final = 1 << 63  # ns: the year 2262
_TEXTS: Final = ("id", "node", "rule", "priority", "namespace", "workload", "pod", "text", "object")
WORDS: Final = ("namespace", "workload", "pod", "rule", "priority", "tactic", "text")  # of a filter
_ENCODE: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def encoded(alert: Alert) -> bytes:
    """ASCII, one line without its end."""
    return _ENCODE(asdict(alert)).encode()


def decoded(written: object) -> Alert | None:
    """None for what is none."""
    if not isinstance(written, Mapping):
        return None
    texts = {name: written.get(name, "") for name in _TEXTS}
    tactics, body, at = written.get("tactics"), written.get("body"), written.get("at_ns")
    if not all(isinstance(one, str) for one in texts.values()):
        return None
    if not is_number(at):
        return None
    if not isinstance(body, Mapping) or not isinstance(tactics, list) or not texts["id"]:
        return None
    named = tuple(one for one in tactics if isinstance(one, str))
    return Alert(**texts, at_ns=at, tactics=named, body=body)


def query(asked: Filter) -> str:
    """As `parsed` reads it."""
    said = {name: value for name, value in asdict(asked).items() if value not in ("", None)}
    return urlencode(said)


def parsed(given: Mapping[str, str]) -> Filter:
    """What a query says; numbers that are none count as not said."""
    words = {name: given.get(name, "")[:WORD] for name in WORDS}
    limit = number(given.get("limit", ""))
    most = min(MOST_ALERTS, Filter().limit if limit is None else max(1, limit))
    return Filter(**words, before_ns=number(given.get("before_ns", "")), limit=most)


def is_number(value: object) -> TypeGuard[int]:
    """Of JSON: whole, not negative, below 2**63."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LATEST


def number(text: str) -> int | None:
    """Of a query: not negative, below 2**63."""
    plain = text.isascii() and text.isdigit() and len(text) <= len(str(_LATEST))
    return int(text) if plain and int(text) < _LATEST else None
