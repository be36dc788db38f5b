# SPDX-License-Identifier: Apache-2.0
"""/proc/self/cgroup -> which cgroup version names this machine's containers, and by which v1 controller.

Called by requirements and probes. Linux counts controllers in a v1 hierarchy of their own (cgroups(7)), so on
a hybrid machine the unified hierarchy is there but names nobody.
"""

from __future__ import annotations

import pathlib
from dataclasses import dataclass
from typing import Final

OWN: Final = pathlib.Path("/proc/self/cgroup")
# Runtimes put containers into a group of each controller; the kubelet cannot do without the first one.
_NAMING: Final = ("memory", "pids", "cpuset", "cpu", "devices", "freezer", "blkio")


@dataclass(frozen=True, slots=True)
class Setup:
    """`version`: v2, hybrid (v1 controllers beside an unified hierarchy) or v1; `controller`: None on v2."""

    version: str
    controller: str | None


def read(own: pathlib.Path = OWN) -> Setup | None:
    """None when this kernel has no cgroups or /proc is not mounted."""
    try:
        lines = own.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return None
    lists = [line.split(":", 2)[1] for line in lines if line.count(":") >= 2]  # noqa: PLR2004 (cgroups(7))
    unified = "" in lists
    split = {controller for listed in lists for controller in listed.split(",")}
    controller = next((name for name in _NAMING if name in split), None)
    if controller is None:
        return Setup("v2", None) if unified else None
    return Setup("hybrid" if unified else "v1", controller)
