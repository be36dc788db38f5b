# SPDX-License-Identifier: Apache-2.0
"""What is known at one point of a recording -> the answers that decode and the loop ask for, as they were
given then. What was not asked while recording has no answer: it is absent, and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

from lanner_agent.decode.host_names import HostNames
from lanner_agent.decode.lookups import Relatives
from lanner_agent.enrich import cgroup, users
from lanner_agent.enrich.accounts import Accounts
from lanner_agent.enrich.answers import Answer, Pending, Unknown, bare
from lanner_agent.enrich.cgroup import Identity
from lanner_agent.enrich.cri.failure import Reason
from lanner_agent.recording.items import (
    AccountsRead,
    ContainerAnswer,
    EnvironmentRead,
    Header,
    HostsResolved,
    WatcherAnswer,
)
from lanner_agent.recording.state import State
from lanner_engine.fields.model import Container, ExecSession, User

NO_STRING: Final = "paths and arguments of processes"
NO_CONTAINER: Final = "containers"
NO_ACCOUNTS: Final = "names of users and groups"
NO_ENVIRONMENT: Final = "environments of ancestors"
_NOT_RECORDED: Final = "it is not in the recording"
_NO_ONE: Final = Accounts()


class Answering:
    """decode's Lookups, and the containers of the loop. `unanswered`: how often what was asked is not in the
    recording.
    """

    def __init__(self) -> None:
        self.hostname = b""
        self.unanswered: Counter[str] = Counter()
        self.state = State(self._missing_string)
        self.watcher = WatcherAnswer()
        self._base = b""
        self._hosts: tuple[HostsResolved | None, HostNames] = (None, HostNames())

    def begin(self, header: Header) -> None:
        """Another file, which says everything itself."""
        self.hostname, self._base = header.hostname, header.base
        self.watcher = header.watcher
        self.state = State(self._missing_string)

    def identify(self, path: bytes) -> bytes | None:
        """As enrich.lookups has it: a user's cgroup with the id of another container is the host's."""
        identity = cgroup.identify(path, self._base)
        if identity is None:
            return None
        return self._claimed(identity) if identity.rootless else identity.key

    def _claimed(self, identity: Identity) -> bytes | None:
        """Recordings of before have a user's claim under the id itself."""
        found = self.state.fact(("container", identity.full_id))
        if not isinstance(found, ContainerAnswer):
            return identity.key
        return identity.full_id if found.cause is Reason.ROOTLESS else None

    def get(self, full_id: bytes) -> Answer:
        """As enrich.containers.Containers has it."""
        found = self.state.fact(("container", full_id))
        if not isinstance(found, ContainerAnswer):
            self.unanswered[NO_CONTAINER] += 1
            return Unknown(bare(cgroup.of_key(full_id)), Reason.NOT_FOUND, _NOT_RECORDED)
        if found.known == "container":
            return found.container
        if found.known == "pending":
            return Pending(found.container)
        return Unknown(found.container, found.cause, found.reason)

    def container(self, full_id: bytes) -> Container:
        found = self.get(full_id)
        return found if isinstance(found, Container) else found.container

    def user(self, container: bytes | None, pid: int, uid: int, loginuid: int) -> User:
        return users.account_of(self._accounts(container), uid, loginuid)

    def group(self, container: bytes | None, pid: int, gid: int) -> bytes:
        return users.group_of(self._accounts(container), gid)

    def exec_session(
        self, kind: str, time: int, container: Container, relatives: Callable[[], Relatives]
    ) -> ExecSession | None:
        """No recording holds it."""
        return None

    def host_names(self) -> HostNames:
        found = self.state.hosts
        if found is not self._hosts[0]:
            self._hosts = found, HostNames(found.everywhere, found.within)
        return self._hosts[1]

    def environment(self, pid: int, start: int) -> tuple[bytes, ...] | None:
        found = self.state.fact(("environment", (pid, start)))
        if isinstance(found, EnvironmentRead):
            return found.values
        self.unanswered[NO_ENVIRONMENT] += 1
        return None

    def _missing_string(self, number: int, part: int) -> bytes:
        self.unanswered[NO_STRING] += 1
        return b""

    def _accounts(self, container: bytes | None) -> Accounts:
        found = self.state.fact(("accounts", container))
        if isinstance(found, AccountsRead):
            return found.accounts
        self.unanswered[NO_ACCOUNTS] += 1
        return _NO_ONE
