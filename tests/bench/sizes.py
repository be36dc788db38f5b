# SPDX-License-Identifier: Apache-2.0
"""How much a benchmark does: all of it, or with LANNER_TRIAL set as little as shows that it works.

A trial refuses nothing and waits for nothing; its figures mean nothing, and the page made of them says so.
"""

from __future__ import annotations

import os
from typing import Final, TypeVar

TRIAL: Final = bool(os.environ.get("LANNER_TRIAL"))
ALERTS_HZ: Final = 10_000
Size = TypeVar("Size")


def sized(full: Size, trial: Size) -> Size:
    """What this run shall do."""
    return trial if TRIAL else full
