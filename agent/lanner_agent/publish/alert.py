# SPDX-License-Identifier: Apache-2.0
"""An alert: the rule that matched and the event it matched.

The output text is not rendered here, because an alert may wait for its container's metadata first.
"""

from __future__ import annotations

from dataclasses import dataclass

from lanner_agent.decode.once import Once
from lanner_agent.publish import snapshot
from lanner_agent.publish.snapshot import Snapshot
from lanner_agent.publish.together import ALONE, Together
from lanner_engine.fields.model import Event
from lanner_engine.program.rule import CheckedRule


@dataclass(frozen=True)
class Alert:
    """`event` must stay valid as long as the alert lives: it owns its record's bytes. `together`: further
    alerts that are told in this one.
    """

    rule: CheckedRule
    event: Event
    together: Together = ALONE

    @property
    def number(self) -> int:
        """How many alerts are told in it, itself included."""
        return 1 + self.together.count

    @Once
    def snapshot(self) -> Snapshot:
        """All that outputs say of it, read when the first of them asks. For the thread that watches."""
        told = snapshot.of(self.rule, self.event)
        return snapshot.telling(told, self.together) if self.together.count else told

    def telling(self, together: Together) -> Alert:
        """The same that tells further ones too, with what was read of its event before."""
        told = Alert(self.rule, self.event, together)
        told.__dict__["snapshot"] = snapshot.telling(self.snapshot, together)
        return told
