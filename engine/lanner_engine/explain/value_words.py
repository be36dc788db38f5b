# SPDX-License-Identifier: Apache-2.0
"""Values in words: those that a set holds, or all but those."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lanner_engine.index.names import Names

SHOWN: Final = 20  # of a list


def of_names(asked_for: Names) -> str:
    listed = listing(asked_for.listed)
    if len(asked_for.listed) == 1:
        return f"not {listed}" if asked_for.others else listed
    return f"none of {listed}" if asked_for.others else f"one of {listed}"


def listing(values: Iterable[bytes]) -> str:
    """Sorted, and cut when they are many."""
    texts = [value.decode("utf-8", "backslashreplace") or '""' for value in sorted(values)]
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return ", ".join(texts[:SHOWN]) + more
