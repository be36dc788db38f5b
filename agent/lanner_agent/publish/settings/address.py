# SPDX-License-Identifier: Apache-2.0
"""An address of a receiver as people may see it: of a web hook the path is the password."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

_HIDDEN: Final = "***"
_LONG: Final = 16  # characters of one part of a path, more than a person types


def shown(url: str) -> str:
    """Without what may be secret: users, queries, and long parts of the path."""
    parts = urlsplit(url)
    path = "/".join(_HIDDEN if len(part) >= _LONG else part for part in parts.path.split("/"))
    query = f"?{_HIDDEN}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}{query}"
