# SPDX-License-Identifier: Apache-2.0
"""The page of metrics and what it reads: filled in when an agent watches, served by a task."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lanner_agent.app.watch import Watch
from lanner_agent.enrich.containers import Containers
from lanner_agent.report.metrics.sources import Rings, Sources
from lanner_apiserver.metrics.place import Place
from lanner_apiserver.metrics.site import Site

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry


def site(place: Place, sources: Sources, say: Callable[[str], None]) -> Site:
    """Nothing of it is imported before it is served."""

    def registry() -> CollectorRegistry:
        from lanner_agent.report.metrics.families import FAMILIES  # noqa: PLC0415
        from lanner_apiserver.metrics.page import Page  # noqa: PLC0415

        return Page(FAMILIES, sources).registry()

    return Site(place, registry, say)


def fill(sources: Sources, watch: Watch, containers: Containers) -> None:
    """The parts that every agent has."""
    probes, loop = watch.probes, watch.loop
    sources.counts = loop.counts
    sources.rings = Rings(probes.waiting, probes.ring_bytes)
    sources.kernel = probes.counters
    sources.sifted = probes.sifted
    sources.run_times = probes.run_times
    sources.parked = loop.parked
    sources.program = lambda: watch.program
    sources.rules = watch.rules
    sources.outputs = lambda: watch.outputs.all
    sources.containers = containers.counts
    sources.recording = None if watch.recorded is None else watch.recorded.recording
