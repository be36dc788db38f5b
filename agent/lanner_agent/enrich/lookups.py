# SPDX-License-Identifier: Apache-2.0
"""Everything that events ask of the node and the cluster, answered from memory: decode's protocol Lookups.

Each question goes to the part of enrich/ that keeps the answers; this is the one place where an event meets
them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from lanner_agent.decode.lookups import Relatives
from lanner_agent.enrich import cgroup
from lanner_agent.enrich.containers import Containers
from lanner_agent.enrich.environments import Environments
from lanner_agent.enrich.exec_sessions import ExecSessions
from lanner_agent.enrich.own_threads import OwnThreads
from lanner_agent.enrich.resolved_names import ResolvedNames
from lanner_agent.enrich.users import Users
from lanner_engine.fields.model import Container, ExecSession


class NodeLookups:
    """One for the life of the agent; belongs to the loop's thread.

    `hostname` is the node's where it is not this process' own (in a pod). `base`: the cgroup that is this
    node's root (enrich.cgroup.base_of). `sessions`: who entered containers, where that is told. Methods of
    one part are its own, without a call in between.
    """

    def __init__(  # noqa: PLR0913  (three by name)
        self,
        containers: Containers,
        names: ResolvedNames,
        environments: Environments,
        *,
        hostname: str = "",
        base: bytes = b"",
        sessions: ExecSessions | None = None,
    ) -> None:
        self.hostname: Final = os.fsencode(hostname or os.uname().nodename)
        self.users: Final = Users()
        self.user: Final = self.users.user
        self.group: Final = self.users.group
        self.host_names: Final = names.snapshot
        self.environment: Final = environments.read
        self.watcher: Final = OwnThreads()
        self._containers = containers
        self._sessions = sessions
        self.base: Final = base

    def identify(self, path: bytes) -> bytes | None:
        """The key (enrich.cgroup) of the container that a cgroup path belongs to, None on the host. Asks
        about a new one. A user's cgroup with the id of another container is the host's.
        """
        identity = cgroup.identify(path, self.base)
        if identity is None or not self._containers.vouches(identity):
            return None
        self._containers.get(identity.key, identity)
        return identity.key

    def exec_session(
        self, kind: str, time: int, container: Container, relatives: Callable[[], Relatives]
    ) -> ExecSession | None:
        """No person is known where the operator tells nothing."""
        sessions = self._sessions
        if sessions is None:
            return None
        return sessions.find(kind, time, container, relatives())

    def container(self, full_id: bytes) -> Container:
        """What is known now; at least the ids."""
        found = self._containers.get(full_id)
        return found if isinstance(found, Container) else found.container
