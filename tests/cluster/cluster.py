# SPDX-License-Identifier: Apache-2.0
"""A whole one-node Kubernetes: control plane, scheduler and node in a network namespace of their own.

    with cluster.running(binaries.binaries()) as one:
        one.load(Path("agent.tar"))
        one.access.kubectl("run", "app1", "--image", images.BOX, ...)

Ready in about ten seconds. Needs root, and the packages of the groups test and cluster.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.cluster import images, network, place, removal
from tests.cluster.binaries import Binaries
from tests.cluster.control_plane import ControlPlane
from tests.cluster.daemon import Daemon
from tests.cluster.node import Node
from tests.containers.workspace import Workspace

Say = Callable[[str], None]
PROGRAMS = ("containerd", "runc", "ip", "nft", "nsenter", "openssl", "sysctl")


class Cluster:
    """The cluster of one folder."""

    def __init__(self, where: Workspace, binaries: Binaries) -> None:
        self.where = where
        self.network = place.Network(where.number)
        inside = network.inside(self.network)
        self.plane = ControlPlane(where, binaries, address=self.network.node, prefix=inside)
        self.node = Node(self.plane)
        self.access = self.plane.access
        self.scheduler = Daemon(where.folder, "scheduler", self._scheduler_command())

    @property
    def cri_socket(self) -> Path:
        """Of the node's containerd."""
        return self.node.socket

    def start(self, say: Say = lambda line: None) -> None:
        """Returns when a pod can be started."""
        missing = [program for program in PROGRAMS if not shutil.which(program)]
        if missing:
            raise RuntimeError(f"{', '.join(missing)} not found: `make test-packages cluster-packages`")
        began = time.monotonic()
        network.make(self.network)
        self.node.start_runtime()
        self.plane.start()
        say(f"1 of 2: API server ready after {time.monotonic() - began:.1f} s")
        self.scheduler.start()
        self.plane.start_controllers()
        self.node.start()
        say(f"2 of 2: node ready after {time.monotonic() - began:.1f} s")

    def stop(self) -> None:
        """The daemons; pods go on until they are removed."""
        for daemon in self._daemons():
            daemon.ask_to_stop()
        for daemon in self._daemons():
            daemon.stop()

    def load(self, archive: Path) -> list[str]:
        """An image archive's images, by the names in it."""
        return images.load(self.cri_socket, archive)

    def _daemons(self) -> list[Daemon]:
        """Those first who would start again what ends."""
        node, plane = self.node, self.plane
        return [
            *(node.kubelet, node.proxy, self.scheduler),
            *(plane.controllers, plane.api, plane.etcd, node.containerd),
        ]

    def _scheduler_command(self) -> list[str]:
        flags = self.plane.command(
            "kube-scheduler",
            kubeconfig=self.plane.file("scheduler.conf"),
            bind_address=self.network.loopback,
        )
        return [*flags, "--leader-elect=false"]


@contextlib.contextmanager
def running(binaries: Binaries, say: Say = lambda line: None) -> Iterator[Cluster]:
    """A cluster of this process's own; every trace is gone afterwards."""
    removal.sweep()
    cluster = Cluster(place.taken(), binaries)
    try:
        cluster.start(say)
        yield cluster
    finally:
        cluster.stop()
        removal.remove(cluster.where)
