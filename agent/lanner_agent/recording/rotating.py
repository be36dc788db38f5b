# SPDX-License-Identifier: Apache-2.0
"""The recording without an end: FILE, which is written to, FILE.1, which is older, and so on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from lanner_agent.publish import escape
from lanner_agent.recording import counted
from lanner_agent.recording.chunks import Chunk, Chunker
from lanner_agent.recording.errors import RecordingError
from lanner_agent.recording.folder import Appended, Folder
from lanner_agent.recording.frames import MAGIC
from lanner_agent.recording.items import End, Gap, Header
from lanner_agent.recording.state import State
from lanner_agent.recording.wishes import Limits

AGAIN_S: Final = 5.0  # after a write that failed


class Rotating:
    """A sink of the writer's. `counts` are those of the whole recording."""

    def __init__(
        self,
        limits: Limits,
        header: Header,
        chunker: Chunker,
        counts: Counter[str],
        say: Callable[[str], None],
    ) -> None:
        """Raises RecordingError when the file cannot be made."""
        self._limits, self._header, self._chunker = limits, header, chunker
        self._counts, self._say = counts, say
        self._state = State(lossy=True)
        self._missing = 0  # records that came since the last chunk that was written
        self._again = 0.0  # when the next try is due, after a failure
        self._folder = Folder(limits.path.parent)
        self._file: Appended | None = None  # None where the next one could not be made yet
        try:
            self._file = self._next_file()
        except OSError as error:
            self._folder.close()
            raise RecordingError(self._cannot(error)) from error

    def take(self, chunk: Chunk) -> None:
        if self._missing and chunk.at < self._again:
            self._lose(chunk)
        else:
            self._try(chunk)
        chunk.apply_to(self._state)

    def tick(self, now: float) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._folder.close()

    def _try(self, chunk: Chunk) -> None:
        try:
            self._write(chunk)
        except (OSError, RecordingError) as error:
            self._failed(chunk, error)
            return
        self._counts[counted.BYTES] += len(chunk.frame)
        self._counts[counted.RECORDS] += chunk.records

    def _write(self, chunk: Chunk) -> None:
        """Into the file that is there, or the next one. Raises OSError, RecordingError."""
        file = self._file
        if file is not None and not self._missing and self._is_full(file, chunk):
            file.append(self._chunker.packed(End(lost={})))
            self._file = None  # before it is closed: its number may be another file's soon
            file.close()
            file = None
        if file is None:
            file = self._file = self._next_file()
        if self._missing:
            file.append(self._resumed())
            self._say(f"the recording goes on, without {self._missing:,} records that came meanwhile")
            self._missing = 0
        file.append(chunk.frame)

    def _is_full(self, file: Appended, chunk: Chunk) -> bool:
        return file.size + len(chunk.frame) > self._limits.max_bytes and file.size > self._least

    def _failed(self, chunk: Chunk, error: OSError | RecordingError) -> None:
        if not self._missing:
            why = self._cannot(error) if isinstance(error, OSError) else str(error)
            self._say(f"{why}; the watch goes on, the recording does when there is a way")
        self._again = chunk.at + AGAIN_S
        self._lose(chunk)

    def _lose(self, chunk: Chunk) -> None:
        """Also of a chunk without records: what it told is told again."""
        self._missing += max(1, chunk.records)
        self._counts[counted.NOT_WRITTEN] += chunk.records

    def _next_file(self) -> Appended:
        """With all that is known now; or none."""
        name = self._limits.path.name
        self._folder.shift(name, self._limits.files)
        made = self._folder.create(name)
        try:
            made.append(MAGIC + self._chunker.packed(self._header, *self._state.items()))
        except OSError:
            made.close()
            self._folder.remove(name)
            raise
        self._least = made.size
        self._counts[counted.FILES] += 1
        return made

    def _resumed(self) -> bytes:
        return self._chunker.packed(
            Gap(records=self._missing, reason=counted.NOT_WRITTEN), *self._state.items()
        )

    def _cannot(self, error: OSError) -> str:
        where = escape.shown(str(self._limits.path))
        return f"cannot write the recording {where}: {(error.strerror or str(error)).lower()}"
