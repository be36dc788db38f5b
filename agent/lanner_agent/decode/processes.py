# SPDX-License-Identifier: Apache-2.0
"""The processes of the last events: what is read of one is read once, however many events it makes.

Nothing is believed of the past: a process is taken for the one before only while all that the kernel wrote of
it and of its relatives is the same, byte for byte.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from lanner_agent.kernel.record_layout import PROCESS_FACTS, ProcessFactsAt, RecordAt, RecordFlag, TextRef

MAX_KEPT: Final = 1024  # as many records are held
_AT: Final = RecordAt.process
_EXEC_SIZE: Final = 8
FACTS: Final = slice(_AT, _AT + PROCESS_FACTS.size)
# Who makes the event: a thread of one image. Exec, pid and tid lie beside each other.
WHO: Final = slice(_AT + ProcessFactsAt.exec, _AT + ProcessFactsAt.uid)
IMAGE: Final = slice(WHO.start, WHO.start + _EXEC_SIZE)
CUT: Final = RecordFlag.ARGS_CUT | RecordFlag.ENV_CUT | RecordFlag.ORPHAN

Who = tuple[int, bytes]  # an event type, for others say other things of a process, and WHO of a record
Process = TypeVar("Process")  # what is read of one
# The event type, FACTS, its strings and its relatives', lineage, flags of CUT; what was read of that; whether
# its strings need not be said any more (kept).
Known = tuple[int, bytes, bytes, TextRef, int, Process, bool]


class Processes(Generic[Process]):
    """What was written of each process the last time. `last`: of that of the event before, which mostly makes
    the next one too.
    """

    def __init__(self) -> None:
        self._kept: dict[Who, Known[Process]] = {}
        self._images: set[bytes] = set()
        self.last: Known[Process] | None = None

    def find(self, who: Who) -> Known[Process] | None:
        found = self.last = self._kept.get(who)
        return found

    def keep(self, who: Who, known: Known[Process]) -> None:
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        self._kept[who] = self.last = known

    def comes_again(self, image: bytes) -> bool:
        """Whether some process of this exec was here before."""
        if image in self._images:
            return True
        if len(self._images) >= MAX_KEPT:
            self._images.clear()
        self._images.add(image)
        return False
