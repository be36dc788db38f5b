# SPDX-License-Identifier: Apache-2.0
"""How much is kept. Apart from what keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lanner_engine.program.rule import Priority

ALERTS: Final = 2_000
BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class Keeping:
    """`size`: bytes, about. `least`: alerts that are less severe are not kept."""

    alerts: int = ALERTS
    size: int = BYTES
    least: Priority = Priority.DEBUG
