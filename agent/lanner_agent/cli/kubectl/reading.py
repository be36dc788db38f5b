# SPDX-License-Identifier: Apache-2.0
"""Parts of objects that others wrote: a value of the type that is wanted, or none. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

_UNITS: Final = ((365 * 86400, "y"), (86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_EXACT: Final = 2  # of a unit; above only the unit itself is said


def part(value: Any, *path: str) -> Any:
    """What stands there; None where something else does."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def text(value: Any, *path: str) -> str:
    found = part(value, *path)
    return found if isinstance(found, str) else ""


def number(value: Any, *path: str) -> int:
    found = part(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def mapping(value: Any, *path: str) -> Mapping[str, Any]:
    found = part(value, *path)
    return found if isinstance(found, Mapping) else {}


def objects(value: Any, *path: str) -> list[Mapping[str, Any]]:
    """The mappings of a list."""
    found = part(value, *path)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def moment(written: str) -> datetime | None:
    """Of RFC 3339, with or without parts of a second."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def age(written: str, now: datetime) -> str:
    """As kubectl says it: 4s, 12m, 3h, 5d; empty for what is no time."""
    at = moment(written)
    if at is None:
        return ""
    seconds = max(0, int((now - at).total_seconds()))
    for size, unit in _UNITS:
        if seconds >= size * (1 if unit == "s" else _EXACT):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def condition(written: Any, kind: str) -> Mapping[str, Any]:
    """The condition of an object's status; empty where it has none."""
    found = objects(written, "status", "conditions")
    return next((one for one in found if one.get("type") == kind), {})
