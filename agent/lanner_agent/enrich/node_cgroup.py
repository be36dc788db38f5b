# SPDX-License-Identifier: Apache-2.0
"""Where this node's own cgroup tree begins: at the root, or in the container that plays the node (kind,
k3d).
"""

from __future__ import annotations

import pathlib

from lanner_agent.enrich.cgroup import base_of

INIT = pathlib.Path("/proc/1/cgroup")


def cgroup(init: pathlib.Path = INIT) -> bytes:
    """The path that the cgroups of all processes of this node have in front; b"" on a plain machine."""
    try:
        lines = init.read_bytes().splitlines()
    except OSError:  # /proc hidden from this user: take it for a plain machine
        return b""
    bases = (base_of(line.split(b":", 2)[2]) for line in lines if line.count(b":") >= 2)  # noqa: PLR2004 (cgroups(7))
    return next((base for base in bases if base), b"")
