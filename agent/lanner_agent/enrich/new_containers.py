# SPDX-License-Identifier: Apache-2.0
"""Cgroups that are being made -> questions to the container runtime, before the containers do anything: one
that lives for a moment may be gone again when its first event has been read.

A thread of its own, since the loop may be behind when many containers start.
"""

from __future__ import annotations

import threading

from lanner_agent.enrich import cgroup, node_cgroup
from lanner_agent.enrich.containers import Containers
from lanner_agent.kernel.probes import Probes


class NewContainers:
    """To be closed before the probes are."""

    def __init__(self, probes: Probes, containers: Containers) -> None:
        self._births = probes.new_cgroups()
        self._containers = containers
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lanner-newcomers", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._ended.set()
        self._births.wake()
        self._thread.join()
        self._births.close()

    def _run(self) -> None:
        base = node_cgroup.cgroup()
        while not self._ended.is_set():
            for path in self._births.wait():
                identity = cgroup.identify(path, base)
                if identity is not None:
                    self._containers.announce(identity)
