# SPDX-License-Identifier: Apache-2.0
"""The seconds before and after an alert, each in a file of its own: a ring in memory, and files that are
being written.

A file is never removed to make room for another: a process that causes alerts must not wash away what
is known of earlier ones. When there are as many as may be, further ones are refused, and counted.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from lanner_agent.publish import escape
from lanner_agent.recording import counted
from lanner_agent.recording.chunks import OLD_S, Chunk, Chunker
from lanner_agent.recording.folder import Appended, Folder
from lanner_agent.recording.frames import MAGIC
from lanner_agent.recording.items import Alerted, End, Gap, Header, Item
from lanner_agent.recording.state import State
from lanner_agent.recording.wishes import Wish

ENDING: Final = ".lanner"
AT_ONCE: Final = 4
COUNT_S: Final = 1.0  # between looks whether files of a full folder were moved away
_NAME: Final = 60  # characters of a rule's name


@dataclass(slots=True)
class _Open:
    file: Appended
    until: float
    most: int  # bytes of the file: who can cause alerts must not be able to fill the disk


class Captures:
    """A sink of the writer's."""

    def __init__(
        self, wish: Wish, header: Header, chunker: Chunker, counts: Counter[str], say: Callable[[str], None]
    ) -> None:
        """Raises RecordingError when the folder cannot be made or read."""
        self._wish, self._header, self._chunker = wish, header, chunker
        self._counts, self._say = counts, say
        self._ring: deque[Chunk] = deque()
        self._ring_bytes = 0
        self._state = State(lossy=True)  # as it was where the ring begins
        self._open: dict[str, _Open] = {}
        self._folder = Folder(wish.folder, make=True)
        self._files = self._counted()
        self._count_at = 0.0  # when they are counted again
        self._told: set[str] = set()

    def take(self, chunk: Chunk) -> None:
        self.tick(chunk.at - OLD_S)  # a chunk has what is so old
        self._ring.append(chunk)
        self._ring_bytes += len(chunk.frame)
        for rule, one in tuple(self._open.items()):
            if one.file.size + len(chunk.frame) > one.most:
                self._counts[counted.CUT] += 1
                self._end(rule, Gap(records=chunk.records, reason=counted.CUT))
            else:
                self._append(rule, chunk.frame)
        self._make_room(chunk.at)
        for alert in chunk.alerts:
            self._alerted(alert, chunk.at)
        self.tick(chunk.at)

    def tick(self, now: float) -> None:
        """Ends those whose time is over."""
        for rule, one in tuple(self._open.items()):
            if now >= one.until:
                self._end(rule)

    def close(self) -> None:
        for rule in tuple(self._open):
            self._end(rule)
        self._folder.close()

    def _make_room(self, now: float) -> None:
        while self._ring_bytes > self._wish.max_bytes or self._ring[0].at < now - self._wish.before:
            oldest = self._ring.popleft()
            self._ring_bytes -= len(oldest.frame)
            oldest.apply_to(self._state)
            if not self._ring:
                return

    def _alerted(self, alert: Alerted, now: float) -> None:
        refused = self._refusal(alert.rule, now)
        if refused:
            self._counts[refused] += 1
            if refused != counted.JOINED:
                self._say_once(f"no capture of the alert {escape.shown(alert.rule)}: {refused}")
            return
        try:
            self._begin(alert, now)
        except OSError as error:
            self._failed(error)

    def _counted(self) -> int:
        return sum(1 for _ in self._folder.names(ENDING))

    def _is_full(self, now: float) -> bool:
        """Files may have been moved away; a process that causes alerts decides how often this is asked."""
        if self._files >= self._wish.most and now >= self._count_at:
            self._count_at = now + COUNT_S
            with suppress(OSError):
                self._files = self._counted()
        return self._files >= self._wish.most

    def _refusal(self, rule: str, now: float) -> str:
        if rule in self._open:
            return counted.JOINED
        if len(self._open) >= AT_ONCE:
            return counted.CROWDED
        return counted.FULL if self._is_full(now) else ""

    def _begin(self, alert: Alerted, now: float) -> None:
        header = self._header.model_copy(update={"capture": alert.rule})
        begin = MAGIC + self._chunker.packed(header, alert, *self._state.items())
        name, file = self._created(alert)
        try:
            file.append(begin + b"".join(chunk.frame for chunk in self._ring))
        except OSError:  # what comes later says nothing without the begin
            file.close()
            self._folder.remove(name)
            raise
        self._files += 1
        self._open[alert.rule] = _Open(file, now + self._wish.after, file.size + self._wish.file_bytes)
        self._counts[counted.KEPT] += 1
        self._say(f"capture of {escape.shown(alert.rule)}: {escape.shown(str(self._folder.path / name))}")

    def _created(self, alert: Alerted) -> tuple[str, Appended]:
        for number in range(1, self._wish.most + 2):
            name = file_name(alert, number)
            try:
                return name, self._folder.create(name)
            except FileExistsError:
                continue
        raise FileExistsError(17, "every name is taken")

    def _append(self, rule: str, data: bytes) -> None:
        try:
            self._open[rule].file.append(data)
        except OSError as error:
            self._open.pop(rule).file.close()
            self._failed(error)

    def _end(self, rule: str, *last: Item) -> None:
        self._append(rule, self._chunker.packed(*last, End(lost={})))
        if rule in self._open:
            self._open.pop(rule).file.close()

    def _failed(self, error: OSError) -> None:
        self._counts[counted.FAILED] += 1
        where = escape.shown(str(self._folder.path))
        self._say_once(f"cannot write a capture into {where}: {(error.strerror or str(error)).lower()}")

    def _say_once(self, text: str) -> None:
        if text not in self._told and len(self._told) < self._wish.most:
            self._told.add(text)
            self._say(text)


def file_name(alert: Alerted, number: int = 1) -> str:
    """`2026-11-27T06-30-01.123Z-sensitive-file-read.lanner`; `number` tells several of one moment apart."""
    at = datetime.fromtimestamp(alert.time // 1_000_000_000, UTC)
    milliseconds = alert.time // 1_000_000 % 1000
    rule = re.sub("[^a-z0-9]+", "-", alert.rule.lower())[:_NAME].strip("-")
    several = "" if number == 1 else f"-{number}"
    return f"{at:%Y-%m-%dT%H-%M-%S}.{milliseconds:03}Z-{rule or 'rule'}{several}{ENDING}"
