# SPDX-License-Identifier: Apache-2.0
"""Where this node's own cgroup tree begins: at the root, or in the container that plays the node (kind,
k3d).
"""

from __future__ import annotations

import os
import pathlib

from lanner_agent.enrich.cgroup import base_of

INIT = pathlib.Path("/proc/1/cgroup")
ROOT = pathlib.Path("/proc/1/root/sys/fs/cgroup")
HIDDEN = (
    "this node is a container in a cgroup namespace of its own (kind, k3d, minikube with cgroup v2): what "
    "its pods do is taken for that container's, without names of pods, and rules for certain pods see none "
    "of it"
)


def cgroup(init: pathlib.Path = INIT) -> bytes:
    """The path that the cgroups of all processes of this node have in front; b"" on a plain machine."""
    try:
        lines = init.read_bytes().splitlines()
    except OSError:  # /proc hidden from this user: take it for a plain machine
        return b""
    bases = (base_of(line.split(b":", 2)[2]) for line in lines if line.count(b":") >= 2)  # noqa: PLR2004 (cgroups(7))
    return next((base for base in bases if base), b"")


def is_hidden(root: pathlib.Path = ROOT) -> bool:
    """Whether the node's tree begins at a cgroup that `cgroup` cannot know: in a namespace of its own
    process 1 tells no path above it, while the kernel's paths begin at the machine's root.
    """
    return os.path.exists(root / "cgroup.type")  # which the machine's root does not have (cgroup-v2.rst)
