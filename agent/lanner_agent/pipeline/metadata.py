# SPDX-License-Identifier: Apache-2.0
"""Whether an event waits for its container's names, and why an alert goes out without them: said once for
each container.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from lanner_agent.enrich.answers import Answer, Pending, Unknown
from lanner_agent.enrich.cri.failure import ADVICE
from lanner_agent.publish import escape
from lanner_engine.fields.model import Container

_REMEMBERED = 4096  # containers whose reason was said
NO_ANSWER = "no answer from the container runtime within 2 s"


class Known(Protocol):
    """What is known of containers."""

    def get(self, full_id: bytes) -> Answer: ...


class Metadata:
    """One for the life of the agent; belongs to the loop's thread."""

    def __init__(self, containers: Known, say: Callable[[str], None]) -> None:
        self._containers = containers
        self._say = say
        self._said: OrderedDict[bytes, None] = OrderedDict()

    def settled(self, full_id: bytes) -> bool:
        """False while an answer is on its way."""
        return not isinstance(self._containers.get(full_id), Pending)

    def missing(self, full_id: bytes) -> str | None:
        """Why an alert goes out without names, to count it by, or None when it has them. Says it once per
        container, with the runtime's own words.
        """
        found = self._containers.get(full_id)
        if isinstance(found, Container) or found.container.pod_name is not None:  # the kubelet knows its pod
            return None
        reason = NO_ANSWER if isinstance(found, Pending) else found.reason
        if full_id not in self._said:
            self._remember(full_id)
            self._say(
                f"container {escape.shown(found.container.id)}: names stay <NA>: {escape.shown(reason)}"
            )
        return NO_ANSWER if isinstance(found, Pending) else _countable(found)

    def _remember(self, full_id: bytes) -> None:
        self._said[full_id] = None
        if len(self._said) > _REMEMBERED:
            self._said.popitem(last=False)


def _countable(found: Unknown) -> str:
    """Without a runtime's own words, which name the container: each would be counted by itself, for ever."""
    advice = ADVICE[found.cause]
    return advice if found.reason.startswith(advice) else found.reason
