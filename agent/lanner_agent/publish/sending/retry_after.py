# SPDX-License-Identifier: Apache-2.0
"""The header Retry-After -> seconds. Pure but for the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_S: Final = 600.0  # whatever a server asks for


def seconds(value: str | None) -> float | None:
    """Of a number or a date; None for anything else."""
    if value is None:
        return None
    if value.strip().isdecimal() and value.isascii():
        return min(float(value), LONGEST_S)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # a number that no date can hold
        return None
    left = (until if until.tzinfo else until.replace(tzinfo=UTC)) - datetime.now(UTC)
    return min(max(left.total_seconds(), 0.0), LONGEST_S)
