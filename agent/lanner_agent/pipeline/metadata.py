# SPDX-License-Identifier: Apache-2.0
"""Cgroup path -> container id -> container, or the reason why there is none. The hooks of decode, asked by
the loop too.

Wraps enrich's containers with what the loop needs: whether waiting still makes sense, and saying the reason
for missing names once per container.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from lanner_agent.enrich import cgroup
from lanner_agent.enrich.containers import Containers, Pending
from lanner_agent.publish import escape
from lanner_engine.fields.facts import Container

_REMEMBERED = 4096  # containers whose reason was said
NO_ANSWER = "no answer from the container runtime within 2 s"


class Metadata:
    """One for the life of the agent. `base`: the cgroup that is this node's root (enrich.cgroup.base_of)."""

    def __init__(self, containers: Containers, say: Callable[[str], None], base: bytes = b"") -> None:
        self._containers = containers
        self._say = say
        self._base = base
        self._said: OrderedDict[bytes, None] = OrderedDict()

    def identify(self, path: bytes) -> bytes | None:
        """Full id of the container that a cgroup path belongs to, None on the host. Asks about a new one."""
        identity = cgroup.identify(path, self._base)
        if identity is None:
            return None
        self._containers.get(identity.full_id, identity)
        return identity.full_id

    def container(self, full_id: bytes) -> Container:
        """What is known now; at least the ids."""
        found = self._containers.get(full_id)
        return found if isinstance(found, Container) else found.container

    def settled(self, full_id: bytes) -> bool:
        """False while an answer is on its way."""
        return not isinstance(self._containers.get(full_id), Pending)

    def missing(self, full_id: bytes) -> str | None:
        """Why an alert goes out without names, or None when it has them. Says it once per container."""
        found = self._containers.get(full_id)
        if isinstance(found, Container) or found.container.pod_name is not None:  # the kubelet knows its pod
            return None
        reason = NO_ANSWER if isinstance(found, Pending) else found.reason
        if full_id not in self._said:
            self._remember(full_id)
            self._say(
                f"container {escape.shown(found.container.id)}: names stay <NA>: {escape.shown(reason)}"
            )
        return reason

    def _remember(self, full_id: bytes) -> None:
        self._said[full_id] = None
        if len(self._said) > _REMEMBERED:
            self._said.popitem(last=False)
