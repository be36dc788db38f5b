# SPDX-License-Identifier: Apache-2.0
"""Full container id -> container, or the reason why there is none. Asked by the loop and by the events it
matches.

Wraps enrich's containers with the two things the loop needs: whether waiting still makes sense, and saying
the reason for missing metadata once per container.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from lanner_agent.enrich.containers import Containers, Pending, Unknown
from lanner_agent.publish import escape
from lanner_engine.fields.facts import Container

_REMEMBERED = 4096  # containers whose reason was said
_SHORT_ID = 12
NO_ANSWER = "no answer from the container runtime within 2 s"


class Metadata:
    """One for the life of the agent."""

    def __init__(self, containers: Containers, say: Callable[[str], None]) -> None:
        self._containers = containers
        self._say = say
        self._said: OrderedDict[bytes, None] = OrderedDict()

    def settled(self, full_id: bytes) -> bool:
        """True when asking again would not change the answer for now: it is known, or known to be unknown."""
        return not isinstance(self._containers.get(full_id), Pending)

    def container(self, full_id: bytes) -> Container:
        """What is known; at least the ids. The hook of events for `container.*` and `k8s.*`."""
        found = self._containers.get(full_id)
        return found if isinstance(found, Container) else Container(id=full_id[:_SHORT_ID], full_id=full_id)

    def missing(self, full_id: bytes) -> str | None:
        """Why an alert goes out without metadata, or None when it has it. Says a new reason to the user."""
        found = self._containers.get(full_id)
        if isinstance(found, Container):
            return None
        reason = (
            found.reason if isinstance(found, Unknown) else "no answer from the container runtime within 2 s"
        )
        if full_id not in self._said:
            self._remember(full_id)
            short = escape.shown(full_id[:_SHORT_ID])
            self._say(f"container {short}: names stay <NA>: {escape.shown(reason)}")
        return reason

    def _remember(self, full_id: bytes) -> None:
        self._said[full_id] = None
        if len(self._said) > _REMEMBERED:
            self._said.popitem(last=False)
