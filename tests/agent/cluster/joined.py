# SPDX-License-Identifier: Apache-2.0
"""The agent on the node of a whole cluster, with the chart's rights and a real pod's token; started on this
machine, as the node's pods are processes of this machine too.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.agent.cluster.installation import Installation
from tests.cluster import images
from tests.cluster.cluster import Cluster
from tests.cluster.control_plane import NODE

BOX = (f"--image={images.BOX}", "--image-pull-policy=Never")


class Joined(Installation):
    """`node` is the cluster's own; the agent's pod runs there and does nothing."""

    def __init__(self, cluster: Cluster, folder: pathlib.Path) -> None:
        super().__init__(cluster.plane, folder)
        self.node = NODE
        self.variables = {
            "LANNER_NODE_IP": cluster.network.node,
            "LANNER_CRI_SOCKET": str(cluster.cri_socket),
        }

    def make_node(self) -> None:
        """It is there."""

    def remove_node(self) -> None:
        """It stays."""

    def pod(self) -> dict[str, Any]:
        """As the other's, with an image that is there."""
        made = super().pod()
        (container,) = made["spec"]["containers"]
        container.update(image=images.BOX, imagePullPolicy="Never", command=["sleep", "3600"])
        return made

    def run_pod(self, name: str, *words: str) -> None:
        """A pod that sleeps, Ready, in the installation's namespace."""
        where = ("-n", self.name)
        self.admin.kubectl("run", name, *BOX, *where, *words, "--", "sleep", "3600")
        self.admin.kubectl("wait", "--for=condition=Ready", f"pod/{name}", *where, "--timeout=60s")

    def true_in(self, name: str) -> None:
        """The deed of `rule`, in a pod."""
        self.admin.kubectl("exec", name, "-n", self.name, "--", "true")


@contextmanager
def joined(cluster: Cluster, folder: pathlib.Path) -> Iterator[Joined]:
    """Gone afterwards."""
    made = Joined(cluster, folder)
    try:
        made.install()
        yield made
    finally:
        made.remove()
