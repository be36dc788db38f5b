# SPDX-License-Identifier: Apache-2.0
"""What went through the loop, what did not, and why. Written by the loop, read by summary and by the
running notes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from lanner_agent.pipeline.dry_run import DryRuns
from lanner_agent.pipeline.hits import Hits
from lanner_agent.pipeline.kinds import Kinds
from lanner_agent.pipeline.places import Places
from lanner_agent.pipeline.timing import Timing


@dataclass(slots=True)
class Counts:
    """Everything since the start. Reasons are sentences for a user; kinds are type names of errors."""

    # Events decoded and shown to the rules, by type; no Counter, whose items take three times as long to set.
    evaluated: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    alerts: Counter[str] = field(default_factory=Counter)  # handed to the output, by the name `kinds` has
    together: Kinds = field(default_factory=Kinds)  # of these, in another one of the same process
    parked: int = 0  # waited for their container's metadata
    crowded_out: int = 0  # did not wait, because too many others did
    outlived: int = 0  # of rules that are gone: shown to all that are in force
    unresolved: Counter[str] = field(default_factory=Counter)  # alerts without metadata, by reason
    unselected: Counter[str] = field(default_factory=Counter)  # events that no rule for certain pods saw
    failed: Counter[str] = field(default_factory=Counter)  # events given up, by error and place
    kinds: Kinds = field(default_factory=Kinds)  # alerts by rule, priority and tags
    hits: Hits = field(default_factory=Hits)  # alerts by rule in force, and when the last
    dry_run: DryRuns = field(default_factory=DryRuns)  # what is matched and makes no alert
    places: Places | None = None  # alerts by what they are about, where reports are wanted
    timing: Timing = field(default_factory=Timing)

    @property
    def events(self) -> int:
        """Those of all types."""
        return sum(dict(self.evaluated).values())  # in one step: the hot thread goes on counting
