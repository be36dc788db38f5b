# SPDX-License-Identifier: Apache-2.0
"""The pod that is attacked in the demo: an executable /dev/shm, as an emptyDir in memory gives it, and a
terminal in it.
"""

from __future__ import annotations

import subprocess

from lanner_agent.enrich.cri import runtime_pb2 as cri
from tests.containers.pods import PodContainer
from tests.containers.runtime import Containerd
from tests.containers.terminal import Terminal


def start(containerd: Containerd) -> PodContainer:
    """Container `web` in pod `web-0` of namespace `shop`. Removed with the runtime, its mount as well."""
    memory = containerd.folder / "memory"
    memory.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=1777,size=16m", "tmpfs", memory], check=True)
    mount = cri.Mount(container_path=b"/dev/shm", host_path=str(memory).encode())
    pod = containerd.pods.run("web-0", "shop")
    return containerd.pods.start(pod, "web", mounts=[mount])


def enter(containerd: Containerd, container: PodContainer) -> Terminal:
    """A shell with a terminal, as `kubectl exec -it` starts it."""
    return containerd.exec_terminal(container.id, "sh", namespace="k8s.io")
