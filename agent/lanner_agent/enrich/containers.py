# SPDX-License-Identifier: Apache-2.0
"""Every container of this node: the hot loop asks, gets an answer from memory or `Pending`, and never waits.

    containers = Containers(endpoint=None)          # the socket's path, or the well-known ones
    containers.start()                              # the inventory begins on its own thread
    containers.get(identity.key, identity)          # Container | Pending | Unknown

`identity` is cgroup.identify's; with it an unanswered container still has its type, a pod's container is
given the time its runtime needs, and a rootless one is never asked about. Answers replace each other in time:
Pending by Container or Unknown within two seconds (half a second for what Kubernetes did not start), Unknown
by Container.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from lanner_agent.enrich import answers, cgroup
from lanner_agent.enrich.answers import Answer, Pending, Unknown
from lanner_agent.enrich.cgroup import Identity
from lanner_agent.enrich.cluster_facts import ClusterFacts
from lanner_agent.enrich.cri import endpoints
from lanner_agent.enrich.cri.failure import ADVICE, Reason
from lanner_agent.enrich.worker import Worker
from lanner_engine.fields.model import Container

__all__ = ["Answer", "Containers", "Pending", "Unknown"]

MAX_PENDING: Final = 512
_BUSY_PAUSE: Final = 1.0


class Containers:
    """One for the life of the agent. `get` belongs to one thread."""

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        find: Callable[[], str] | None = None,
        capacity: int = answers.CAPACITY,
        facts: ClusterFacts | None = None,
    ) -> None:
        self._known = answers.Answers(capacity)
        self._find_entry = self._known.find
        self._facts = facts or ClusterFacts()
        search = find or functools.partial(endpoints.find, endpoint)
        self._worker = Worker(self._known, search, self._facts)
        self._pending: set[bytes] = set()

    def start(self) -> None:
        """Begin the inventory of what runs already."""
        self._worker.start()

    def ready(self, timeout: float) -> bool:
        """Wait until the runtime was asked once, answered or not. For start-up, not for the loop."""
        return self._worker.first_inventory.wait(timeout)

    def get(self, key: bytes, identity: Identity | None = None) -> Answer:
        """What is known now; asks the runtime when it is nothing, or when an Unknown has grown old."""
        entry = self._find_entry(key)
        if entry is None:
            return self._first(identity or cgroup.of_key(key))
        entry.used = True
        answer = entry.answer
        if type(answer) is Unknown and entry.again <= time.monotonic():
            self._ask_again(entry)
        return answer

    def vouches(self, identity: Identity) -> bool:
        """Whether it may stand for its id: a user's own cgroup is no container that the node knows."""
        return not identity.rootless or self._find_entry(identity.full_id) is None

    def known(self, key: bytes) -> Container | None:
        """The same without asking about it; from any thread."""
        entry = self._find_entry(key)
        if entry is None:
            return None
        return entry.answer if isinstance(entry.answer, Container) else entry.answer.container

    def announce(self, identity: Identity) -> None:
        """Its cgroup was made: ask before it does anything, while the runtime knows it. From any thread."""
        if self._find_entry(identity.full_id) is None and not identity.rootless:
            self._worker.announce(identity)

    def tell(self, when_changed: Callable[[bytes, Answer], None]) -> None:
        """All that is known now, and from then on what changes, in any thread."""
        self._known.tell(when_changed)

    def refresh(self) -> None:
        """The cluster's facts have changed: complete every answer anew. From any thread but the hot one."""
        self._known.improve(self._completed)

    def counts(self) -> Mapping[str, int]:
        """Everything since the start: resolved, retried, unresolved_<reason>, evicted, connections, ..."""
        return {**self._known.counts, "known": len(self._known)}

    def state(self) -> str:
        """One line for people: which runtime answers, or why none does and what to do."""
        return self._worker.state()

    @property
    def connected(self) -> bool:
        """Whether a runtime answers; `state` says which, or why not."""
        return self._worker.connected

    def close(self) -> None:
        """End the threads; answers stay readable."""
        self._worker.close()

    def _completed(self, entry: answers.Entry) -> Answer:
        answer = entry.answer
        if isinstance(answer, Container):
            return self._facts.complete(answer)
        if isinstance(answer, Unknown):
            return replace(answer, container=self._facts.describe(entry.identity))
        return answer

    def _first(self, identity: Identity) -> Answer:
        if identity.rootless:
            return self._refuse(identity, Reason.ROOTLESS, float("inf"))
        if len(self._pending) >= MAX_PENDING and self._still_pending() >= MAX_PENDING:
            return self._refuse(identity, Reason.BUSY, _BUSY_PAUSE)
        answer = Pending(answers.bare(identity))
        entry = self._known.add(identity, answer)
        if entry.answer is not answer:  # it was announced just now
            entry.used = True
            return entry.answer
        self._pending.add(identity.key)
        self._worker.ask(identity)
        return answer

    def _refuse(self, identity: Identity, cause: Reason, pause: float) -> Answer:
        self._known.counts[f"unresolved_{cause}"] += 1
        answer = Unknown(answers.bare(identity), cause, ADVICE[cause])
        entry = self._known.put(identity, answer)
        entry.again = time.monotonic() + pause
        return answer

    def _ask_again(self, entry: answers.Entry) -> None:
        # The worker sets the next time when it has tried; until then, once is enough.
        entry.again = time.monotonic() + answers.ASKED_AGAIN
        self._worker.ask(entry.identity)

    def _still_pending(self) -> int:
        found = ((key, self._find_entry(key)) for key in self._pending)
        self._pending = {key for key, entry in found if entry and isinstance(entry.answer, Pending)}
        return len(self._pending)
