# SPDX-License-Identifier: Apache-2.0
"""Every trace of a cluster, found by its folder and removed; works after a crash as well as after a stop.

In: a cluster's folder.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.cluster import network, place
from tests.containers import cleaning, workspace
from tests.containers.workspace import Workspace

# Places outside of any setting's reach, where the kubelet and the CNI library of containerd write.
_LOGS = Path("/var/log/containers")
_NETWORKS = Path("/var/lib/cni/results")
_DEVICES = Path("/var/lib/kubelet/device-plugins")
_MACHINES_KUBELET = Path("/var/lib/kubelet/config.yaml")
_NAMESPACES = Path("/run/netns")


def remove(where: Workspace) -> None:
    """Processes, mounts, links, network namespace, cgroups, folder: of this cluster and of no other."""
    cleaning.end(cleaning.processes(where))
    cleaning.end(list(_in_cgroups(place.Network(where.number).namespace)))  # hostPID pods' later processes
    with workspace.locked(place.PARENT):
        alone = False
        if os.geteuid() == 0:  # otherwise there was no node
            network.remove(place.Network(where.number))
            alone = _alone(where)
            for path in _strays(where):
                path.unlink()
        cleaning.remove(where, alone=alone)
        if alone:
            _remove_shared()


def sweep() -> list[Path]:
    """What crashed runs left; the folders removed."""
    left = place.abandoned()
    for where in left:
        remove(where)
    return [where.folder for where in left]


def _alone(where: Workspace) -> bool:
    """No other cluster and no run of tests/containers is there."""
    others = [other for other in workspace.existing(place.PARENT) if other != where]
    return not others and all(run.abandoned() for run in workspace.existing())


def _in_cgroups(name: str) -> Iterator[int]:
    """Whoever runs below a cgroup, in any hierarchy."""
    for hierarchy in cleaning.hierarchies():
        for path in (hierarchy / name).rglob("cgroup.procs"):
            with contextlib.suppress(OSError):
                yield from map(int, path.read_text().split())


def _strays(where: Workspace) -> list[Path]:
    """Files outside the folder that name it: links to pods' logs, what the network of a pod was."""
    inside = f"{where.folder}/"
    links = [path for path in _found(_LOGS) if path.is_symlink() and str(path.readlink()).startswith(inside)]
    return [*links, *(path for path in _found(_NETWORKS) if inside in path.read_text(errors="replace"))]


def _found(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _remove_shared() -> None:
    """What every kubelet and `ip netns` share, when nobody else has anything there."""
    if not _MACHINES_KUBELET.exists():
        (_DEVICES / "kubelet.sock").unlink(missing_ok=True)
        _remove_empty(_DEVICES, _DEVICES.parent)
    _remove_empty(_LOGS)
    if _NAMESPACES.is_dir() and not any(_NAMESPACES.iterdir()):
        subprocess.run(["umount", _NAMESPACES], check=False, stderr=subprocess.DEVNULL)
        _remove_empty(_NAMESPACES)


def _remove_empty(*folders: Path) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):
            os.rmdir(folder)
