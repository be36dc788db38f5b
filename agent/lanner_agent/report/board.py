# SPDX-License-Identifier: Apache-2.0
"""The conditions of this node, as the threads of the agent say them, for the FalcoNode and the health pages.

`say` may be called from any thread, as often as one likes; a time of transition is kept per condition and
changes only when the status does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

Status = Literal["True", "False", "Unknown"]
READY: Final = "Ready"
PROBES: Final = "ProbesLoaded"
RULES: Final = "RulesLoaded"
METADATA: Final = "MetadataHealthy"
EVENTS: Final = "EventsPublished"
WEAKER: Final = "AttachedButWeaker"  # a reason of ProbesLoaded
TYPES: Final = (READY, RULES, PROBES, METADATA, EVENTS)
_NEEDED: Final = (PROBES, RULES, METADATA)  # what must have been said before the node is ready
_MESSAGE: Final = 2000


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is so, is not so, or is not known yet. `since`: RFC 3339."""

    type: str
    status: Status
    reason: str
    message: str
    since: str

    def as_json(self) -> dict[str, Any]:
        """As the API has it."""
        return {
            "type": self.type,
            "status": self.status,
            "reason": self.reason,
            "message": self.message,
            "lastTransitionTime": self.since,
        }


class Board:
    """`changed` is called after a change, in the thread that made it."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self.changed = changed
        self._lock = threading.Lock()
        self._held: tuple[str, str] | None = None
        self._known: dict[str, Condition] = {
            name: Condition(name, "Unknown", "Starting", "not known yet", timestamp()) for name in TYPES
        }

    def say(self, name: str, status: Status, reason: str, message: str) -> None:
        with self._lock:
            if not self._put(name, status, reason, message[:_MESSAGE]):
                return
            self._put(READY, *self._ready())
        self.changed()

    def hold(self, reason: str, message: str) -> None:
        """Not ready for this reason, if for no other, until `release`."""
        self._hold((reason, message))

    def release(self) -> None:
        self._hold(None)

    def get(self, name: str) -> Condition:
        return self._known[name]

    def conditions(self) -> list[dict[str, Any]]:
        """All, in a fixed order."""
        with self._lock:
            return [self._known[name].as_json() for name in TYPES]

    def remember(self, written: Iterable[Mapping[str, Any]]) -> None:
        """Times of transition from before a restart, where the status is still the same."""
        with self._lock:
            for one in written:
                known = self._known.get(str(one.get("type")))
                since = one.get("lastTransitionTime")
                if known and known.status == one.get("status") and isinstance(since, str):
                    self._known[known.type] = Condition(
                        known.type, known.status, known.reason, known.message, since
                    )

    def _hold(self, why: tuple[str, str] | None) -> None:
        with self._lock:
            self._held = why
            if not self._put(READY, *self._ready()):
                return
        self.changed()

    def _put(self, name: str, status: Status, reason: str, message: str) -> bool:
        old = self._known[name]
        since = old.since if old.status == status else timestamp()
        self._known[name] = fresh = Condition(name, status, reason, message, since)
        return fresh != old

    def _ready(self) -> tuple[Status, str, str]:
        """Probes attached, some rules in force, the runtime asked once. A bad newer bundle or a runtime that
        is away do not make a node that detects unready.
        """
        probes, rules = self._known[PROBES], self._known[RULES]
        if probes.status == "False":
            return "False", probes.reason, probes.message
        waiting = [name for name in _NEEDED if self._known[name].status == "Unknown"]
        if waiting:
            return "False", "Starting", f"not known yet: {', '.join(waiting)}"
        if self._held is not None:
            return "False", *self._held
        return "True", "Watching", rules.message


def timestamp() -> str:
    """RFC 3339 with seconds, as Kubernetes writes times."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
