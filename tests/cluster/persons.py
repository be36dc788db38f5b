# SPDX-License-Identifier: Apache-2.0
"""The cluster that `make cluster` starts: it outlives the command, one a machine.

A second command finds it by its folder. `sudo make cluster`, and plain `make cluster` which asks sudo itself,
leave a kubeconfig that the user who typed it may read.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.cluster import place, removal
from tests.cluster.access import Access
from tests.cluster.binaries import Binaries
from tests.cluster.cluster import Cluster
from tests.containers import cleaning, workspace

VERSION_FILE = "version"


class NotThereError(RuntimeError):
    """There is no cluster, or it is not well, and what to type."""


def start(binaries: Binaries, say: Callable[[str], None]) -> Cluster:
    """A new one; when it does not come up, its folder stays with the logs until `make cluster-down`."""
    removal.sweep()
    where = place.persons()
    with workspace.locked(place.PARENT):
        where.folder.mkdir(mode=0o700)
    (where.folder / VERSION_FILE).write_text(binaries.version)
    cluster = Cluster(where, binaries)
    cluster.start(say)
    _share(cluster)
    return cluster


def found(binaries: Binaries) -> Cluster | None:
    """The running one, if any; NotThereError when it is of another version or does not answer. What is left
    of one after the machine was started anew is removed."""
    where = place.persons()
    if where.folder.exists() and not cleaning.processes(where):
        removal.remove(where)
    if not where.folder.exists():
        return None
    version = (where.folder / VERSION_FILE).read_text()
    cluster = Cluster(where, binaries)
    if version != binaries.version:
        raise NotThereError(f"Kubernetes {version} is running; `make cluster-down` first")
    if not (cluster.plane.ready() and cluster.node.ready()):
        raise NotThereError(
            f"{where.folder} is there, but not well: see {where.folder}/log; `make cluster-down` removes it"
        )
    return cluster


def cri_socket() -> Path:
    """The running one's."""
    socket = place.persons().folder / "cri/containerd.sock"
    if not socket.exists():
        raise NotThereError("no cluster is running; `make cluster` starts one")
    return socket


def access(binaries: Binaries) -> Access:
    """kubectl and helm for the running one."""
    return Access(place.persons().folder / "admin.conf", binaries)


def remove() -> list[Path]:
    """Its folder, if it was there, with all that belongs to it."""
    where = place.persons()
    if not where.folder.exists():
        return []
    removal.remove(where)
    return [where.folder]


def _share(cluster: Cluster) -> None:
    """Let the user behind sudo use it."""
    user, group = os.environ.get("SUDO_UID"), os.environ.get("SUDO_GID")
    if user and group:
        for folder in (place.PARENT, cluster.where.folder):
            folder.chmod(0o711)
        os.chown(cluster.plane.kubeconfig, int(user), int(group))
