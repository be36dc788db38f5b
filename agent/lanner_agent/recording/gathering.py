# SPDX-License-Identifier: Apache-2.0
"""All events of a short recording at once, for tests of rules."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lanner_agent.decode.event import DecodeError, Event
from lanner_agent.recording.errors import RecordingError
from lanner_agent.recording.replaying import Replay

MOST: Final = 10_000


def events(path: Path) -> tuple[Event, ...]:
    """In order, each with all that the recording came to know of its container. Raises RecordingError, also
    for one that is damaged, ends too early or is too long.
    """
    replay = Replay([path])
    found: list[Event] = []
    while len(found) <= MOST and (records := _batch(replay)) is not None:
        found += (_settled(replay, record) for record in records)
    if len(found) > MOST:
        raise RecordingError(f"it has more than {MOST:,} events", "record with fewer rules, or for less time")
    if replay.notes:
        raise RecordingError("; ".join(replay.notes))
    return tuple(found)


def _batch(replay: Replay) -> tuple[bytes, ...] | None:
    """None at the end."""
    over: list[bool] = []
    replay.when_over = lambda: over.append(True)
    records = tuple(replay.drain())
    return None if over else records


def _settled(replay: Replay, record: bytes) -> Event:
    """Strings that are forgotten later, and the clock, are those of now."""
    try:
        event = replay.decode(record)
    except DecodeError as error:
        raise RecordingError(str(error)) from error
    _ = event.process, event.time
    return event
