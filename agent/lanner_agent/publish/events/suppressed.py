# SPDX-License-Identifier: Apache-2.0
"""Alerts that became no Event, by rule and cause -> one summary Event for a while. Called by the ledger.

What is counted stays until a summary that holds it has reached the server.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from lanner_agent.apiserver.identity import NodeIdentity
from lanner_agent.publish.events import body, identity, names, note, regarding

# Cause -> how a summary words it. Limits hold back on purpose; for the rest something was in the way.
CAUSES: Mapping[str, str] = {
    "suppressed_rule_limit": "too many of one rule in one pod",
    "suppressed_pod_limit": "too many in one pod",
    "suppressed_series_limit": "too many different ones at once",
    "dropped_queue_full": "the queue was full",
    "dropped_namespace_gone": "the namespace is gone",
    "dropped_forbidden": "the agent may not write Events",
    "dropped_denied": "the API server's policy refused them",
    "dropped_rejected": "the API server called them invalid",
    "dropped_failed": "of an error in the agent",
    "dropped_tries": "the API server failed too often",
    "dropped_at_end": "the agent ended first",
}
REASON = "AlertsSuppressed"
_MOST_RULES = 1000
OTHER = "other rules"

Tally = Counter[tuple[str, str]]  # (rule, cause) -> alerts


class Suppressed:
    """`since` is the wall clock in ns of the first one that no summary told of; 0 when there is none."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()  # by cause, since the start
        self._pending: Tally = Counter()
        self.since = 0

    def add(self, rule: str, cause: str, number: int, now_ns: int) -> bool:
        """True when it is the first one since the last summary."""
        key = (rule, cause)
        if len(self._pending) >= _MOST_RULES and key not in self._pending:
            key = (OTHER, cause)
        self.totals[cause] += number
        first = not self._pending
        self._pending[key] += number
        self.since = self.since or now_ns
        return first

    def pending(self) -> Tally:
        """A copy: what a summary would tell now."""
        return Counter(self._pending)

    def told(self, tally: Tally, now_ns: int) -> None:
        """That much has reached the server."""
        self._pending -= tally
        self.since = now_ns if self._pending else 0


def event(tally: Tally, since_ns: int, now_ns: int, node: NodeIdentity, fields_size: int) -> dict[str, Any]:
    """The summary: regarding the node, counts by rule, most first."""
    about = regarding.of_node(node)
    by_rule: Counter[str] = Counter()
    for (rule, _), number in tally.items():
        by_rule[rule] += number
    return {
        "metadata": {
            "name": identity.summary_name(node.name, since_ns),
            "namespace": about.namespace,
            "labels": {"lanner.dev/node": names.label_value(node.name)},
            "annotations": body.fields(dict(by_rule.most_common(_MOST_RULES)), fields_size),
        },
        "type": "Warning",
        "reason": REASON,
        "action": "Suppressed",
        "note": _note(tally, by_rule),
    } | body.envelope(about, node, now_ns)


def _note(tally: Tally, by_rule: Counter[str]) -> str:
    by_cause: Counter[str] = Counter()
    for (_, cause), number in tally.items():
        by_cause[cause] += number
    causes = ", ".join(f"{number:,} {CAUSES[cause]}" for cause, number in by_cause.most_common())
    rules = ", ".join(f"{number:,} {note.folded(rule, 80)}" for rule, number in by_rule.most_common(10))
    rest = len(by_rule) - 10
    more = f" and of {rest:,} more rules" if rest > 0 else ""
    total = sum(by_cause.values())
    head = f"{total:,} alert{'' if total == 1 else 's'} not published as Events"
    text = f"{head} ({causes}); by rule: {rules}{more}; all are in the agent's output"
    return note.folded(text, note.LONGEST)
