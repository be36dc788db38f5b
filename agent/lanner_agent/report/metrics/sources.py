# SPDX-License-Identifier: Apache-2.0
"""What the page reads: the parts of an agent, as far as they are there yet. app/ fills them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lanner_agent.kernel.run_times import RunTime
from lanner_agent.pipeline.counts import Counts
from lanner_agent.pipeline.held_back import Sifted
from lanner_agent.pipeline.summary import KernelCounter
from lanner_agent.policy.bundle.loaded import Loaded
from lanner_agent.policy.rule_source import RuleSource
from lanner_agent.publish.output import Output
from lanner_apiserver.metrics.histogram import Histogram
from lanner_engine.codegen.compile import Program

if TYPE_CHECKING:
    from lanner_agent.recording.starting import Recording

NOTHING: Mapping[str, int] = {}


@dataclass(slots=True)
class Rings:
    """Bytes: what waits in the kernel's rings, and what they hold."""

    waiting: Callable[[], int] = lambda: 0
    size: int = 0


@dataclass(slots=True)
class Sources:
    """Everything is asked from the thread that serves the page, while others go on. `bundle`, `propagation`,
    `conditions`, `gaps`, `events` and `requests` are the cluster's.
    """

    counts: Counts = field(default_factory=Counts)
    rings: Rings = field(default_factory=Rings)
    kernel: Callable[[], Sequence[KernelCounter]] = tuple
    sifted: Callable[[], Sequence[Sifted]] = tuple
    run_times: Callable[[], Sequence[RunTime]] = tuple
    parked: Callable[[], int] = lambda: 0
    program: Callable[[], Program | None] = lambda: None
    rules: RuleSource | None = None
    outputs: Callable[[], Sequence[Output]] = tuple
    containers: Callable[[], Mapping[str, int]] = lambda: NOTHING
    bundle: Callable[[], Loaded | None] = lambda: None
    propagation: Histogram | None = None
    conditions: Callable[[], list[dict[str, Any]]] = list
    gaps: Callable[[], Mapping[str, int]] | None = None
    events: Callable[[], Mapping[str, int]] | None = None
    requests: Mapping[tuple[str, str], int] = field(default_factory=dict)
    recording: Recording | None = None
