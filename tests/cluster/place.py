# SPDX-License-Identifier: Apache-2.0
"""One folder per cluster and the addresses of its number, so that clusters side by side do not meet.

    PARENT/NUMBER/    owner, pki, *.conf, log/NAME.log, NAME.pid, etcd, audit.log, and what a node needs

Number 0 belongs to a person (`make cluster`) and stays until `make cluster-down`; the others belong to a
process and are swept by the next run once that process is gone.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.containers.workspace import Workspace, existing, locked, take

# Images do not belong on a tmpfs, so not below /run; the paths of sockets must stay below 107 bytes.
PARENT = (
    Path("/var/lib/lanner-clusters")
    if os.geteuid() == 0
    else Path(tempfile.gettempdir()) / f"lanner-clusters-{os.geteuid()}"
)
PERSONS = 0


@dataclass(frozen=True, slots=True)
class Network:
    """Addresses of one cluster. A control plane alone lives on loopback; with a node, in a network namespace
    that a pair of links joins to the machine's."""

    number: int

    @property
    def loopback(self) -> str:
        return f"127.88.{self.number}.1"

    @property
    def host(self) -> str:
        """The machine's end of the pair."""
        return f"10.214.{self.number}.1"

    @property
    def node(self) -> str:
        """The node's end: its InternalIP, and where its API server listens."""
        return f"10.214.{self.number}.2"

    @property
    def pods(self) -> str:
        return f"10.215.{self.number}.0/24"

    @property
    def services(self) -> str:
        return f"10.216.{self.number}.0/24"

    @property
    def first_service(self) -> str:
        """The ClusterIP of the Service `kubernetes`."""
        return f"10.216.{self.number}.1"

    @property
    def namespace(self) -> str:
        return f"lanner-cluster-{self.number}"


def taken() -> Workspace:
    """A new folder of this process."""
    with locked(PARENT):
        return take(PARENT)


def persons() -> Workspace:
    """The folder of `make cluster`, there or not."""
    return Workspace(PERSONS, PARENT)


def abandoned() -> list[Workspace]:
    """What crashed runs left, now this process's to remove."""
    with locked(PARENT):
        left = [place for place in existing(PARENT) if place.number != PERSONS and place.abandoned()]
        for place in left:
            place.adopt()  # two who sweep at once must not meet
    return left
