# SPDX-License-Identifier: Apache-2.0
"""How much of a record lies in front of its strings: bpf/base/buffers.h, record__fixed()."""

from __future__ import annotations

from typing import Final

from lanner_agent.kernel import tables
from lanner_agent.kernel.record_layout import FORK_FACTS, OPEN_FACTS, RECORD, Event, RecordAt

LEAST: Final = RecordAt.fork + FORK_FACTS.size


def of_event(number: int) -> int:
    if number >= Event.CALLS:
        return RECORD.size
    return RecordAt.open + OPEN_FACTS.size if number >= Event.OPEN else LEAST


FIXED: Final = {number: of_event(number) for number in tables.EVENTS.values()}
