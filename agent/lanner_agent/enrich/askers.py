# SPDX-License-Identifier: Apache-2.0
"""Threads that ask the container runtime, since one answer takes it 5 ms and, when many pods start, 100 ms:
asked one by one, the last of them would be gone, or their alerts too late.

In: a connection, and a container's id or the question whether the runtime is there. Out: what was found,
given to `deliver`. Belongs to worker.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lanner_agent.enrich.cri.failure import CRIError, Reason
from lanner_engine.fields.model import Container

if TYPE_CHECKING:
    from lanner_agent.enrich.cri.lookup import Lookup

AT_ONCE: Final = 8

Then = Callable[["Answered"], None]


@dataclass(frozen=True, slots=True)
class Answered:
    """What `connection` said of a container, and who wanted to know. None: it is there."""

    connection: Lookup
    found: Container | CRIError | None
    then: Then


class Askers:
    """`ask` and `taken` belong to one thread; `deliver` is called from others."""

    def __init__(self, deliver: Callable[[Answered], None]) -> None:
        self._deliver = deliver
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="lanner-cri")
        self.busy = 0

    @property
    def full(self) -> bool:
        return self.busy >= AT_ONCE

    def ask(self, connection: Lookup, full_id: bytes, seconds: float, then: Then) -> None:
        """Returns at once. Only while they are not `full`."""
        self._submit(connection, functools.partial(connection.describe, full_id, seconds), then)

    def knock(self, connection: Lookup, then: Then) -> None:
        """Whether the runtime answers. Returns at once. Only while they are not `full`."""
        self._submit(connection, connection.alive, then)

    def taken(self, answered: Answered) -> None:
        """What was delivered has arrived."""
        self.busy -= 1
        answered.then(answered)

    def close(self) -> None:
        """Their connections must be closed before."""
        self._pool.shutdown(cancel_futures=True)

    def _submit(self, connection: Lookup, question: Callable[[], Container | None], then: Then) -> None:
        self.busy += 1
        self._pool.submit(self._ask, connection, question, then)

    def _ask(self, connection: Lookup, question: Callable[[], Container | None], then: Then) -> None:
        """An unforeseen error becomes a reason too."""
        found: Container | CRIError | None
        try:
            found = question()
        except CRIError as error:
            found = error
        except Exception as error:
            found = CRIError(Reason.FAILED, repr(error))
        self._deliver(Answered(connection, found, then))
