# SPDX-License-Identifier: Apache-2.0
"""Every trace of a cluster, removed by what its folder tells; also after a crash. Called by whoever starts
one."""

from __future__ import annotations

from pathlib import Path

from tests.cluster import place
from tests.containers import cleaning, workspace
from tests.containers.workspace import Workspace


def remove(where: Workspace) -> None:
    """Processes, mounts, links, cgroups, folder: of this cluster and of no other."""
    with workspace.locked(place.PARENT):
        cleaning.remove(where, alone=False)


def sweep() -> list[Path]:
    """What crashed runs left; the folders removed."""
    left = place.abandoned()
    for where in left:
        remove(where)
    return [where.folder for where in left]
