# SPDX-License-Identifier: Apache-2.0
"""A status as it is held: long texts and lists of it as their hashes, which is all that comparing takes.

Messages quote rules and lists name hundreds of them, so that a status can be many times its spec.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

LONG: Final = 256  # characters; what is longer is hashed
_LISTS: Final = frozenset({"rules", "warnings", "failures", "dryRun", "tenantValues"})


class Fingerprint:
    """Equal to a value that has the same JSON."""

    __slots__ = ("_digest",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, text: str) -> None:
        self._digest = _digest(text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str | list | dict) and _digest(_text(other)) == self._digest


def slim(status: Mapping[str, Any]) -> dict[str, Any]:
    """To be compared with what is to be written, never to be written itself."""
    made = {key: _hashed(value) if key in _LISTS else value for key, value in status.items()}
    said = made.get("conditions")
    if isinstance(said, list):
        made["conditions"] = [_condition(one) for one in said]
    return made


def _condition(one: Any) -> Any:
    if not isinstance(one, Mapping) or not isinstance(one.get("message"), str):
        return one
    return {**one, "message": _hashed(one["message"])}


def _hashed(value: Any) -> Any:
    text = _text(value)
    return Fingerprint(text) if len(text) > LONG else value


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
