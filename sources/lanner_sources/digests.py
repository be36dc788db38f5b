# SPDX-License-Identifier: Apache-2.0
"""Content by its digest. Pure."""

from __future__ import annotations

import hashlib

from lanner_sources.errors import SourceError


def of(content: bytes) -> str:
    """`sha256:` and 64 hexadecimal digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def check(content: bytes, wanted: str, what: str) -> None:
    """Raises SourceError DigestMismatch."""
    found = of(content)
    if found != wanted:
        raise SourceError("DigestMismatch", f"{what} should be {wanted} and is {found}", seen=found)
