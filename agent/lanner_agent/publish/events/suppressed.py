# SPDX-License-Identifier: Apache-2.0
"""Alerts that became no Event, by owner, rule and cause -> one summary Event for a while.

What is counted stays until a summary that holds it has reached the server. Memory is bounded for each owner,
so that a namespace with many rules takes no other's names away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from lanner_agent.apiserver.node_identity import NodeIdentity
from lanner_agent.publish import escape
from lanner_agent.publish.events import account, body, identity, note, of_node
from lanner_agent.publish.events.account import Owner
from lanner_agent.publish.events.loud import Loud
from lanner_engine.fields.model import Container

# Cause -> how a summary words it. Limits hold back on purpose; for the rest something was in the way.
CAUSES: Mapping[str, str] = {
    "suppressed_rule_limit": "too many of one rule in one pod",
    "suppressed_pod_limit": "too many in one pod",
    "suppressed_namespace_limit": "too many of a namespace's own rules",
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
OTHER = "other rules"
OTHERS: Final[Owner] = (False, "(others)")
NAMED: Final = 3  # owners and pods in a note
_MAX_RULES: Final = 1000
_RULES_OF_ONE: Final = 100
_PODS: Final = 256

Tally = Counter[tuple[Owner, str, str]]  # (whose, rule, cause) -> alerts
Pod = tuple[bytes, bytes]  # namespace and name, as the runtime has them; both empty on the host
Pods = Mapping[Pod, int]
_NO_PODS: Final[Pods] = {}


class Suppressed:
    """`since` is the wall clock in ns of the first one that no summary told of; 0 when there is none."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()  # by cause, since the start
        self._pending: Tally = Counter()
        self._rules: Counter[Owner] = Counter()  # how many keys of `pending` are an owner's
        self._pods: Loud[Pod] = Loud(_PODS)
        self.since = 0

    def add(self, whose: Owner, rule: str, cause: str, number: int, now_ns: int) -> bool:
        """True when it is the first one since the last summary."""
        self.totals[cause] += number
        first = not self._pending
        self._pending[self._key(whose, rule, cause)] += number
        self.since = self.since or now_ns
        return first

    def about(self, container: Container, number: int) -> None:
        """In which pod the last ones were."""
        self._pods.add((container.pod_namespace or b"", container.pod_name or b""), "", number)

    def pending(self) -> Tally:
        """A copy: what a summary would tell now."""
        return Counter(self._pending)

    def pods(self) -> Pods:
        """The loudest first, since about the last summary."""
        return {pod: numbers.total() for pod, numbers in self._pods.names().items()}

    def forget_told(self, tally: Tally, now_ns: int) -> None:
        """That much has reached the server."""
        self._pending -= tally
        self._rules = Counter(whose for whose, _, _ in self._pending)
        self._pods = Loud(_PODS)
        self.since = now_ns if self._pending else 0

    def _key(self, whose: Owner, rule: str, cause: str) -> tuple[Owner, str, str]:
        key = (whose, rule, cause)
        if key in self._pending:
            return key
        if self._rules[whose] >= _RULES_OF_ONE:
            return whose, OTHER, cause
        if len(self._pending) >= _MAX_RULES:
            return OTHERS, OTHER, cause
        self._rules[whose] += 1
        return key


def event(  # noqa: PLR0913  what it tells, and of whom
    tally: Tally, since_ns: int, now_ns: int, node: NodeIdentity, fields_size: int, *, pods: Pods = _NO_PODS
) -> dict[str, Any]:
    """The summary: regarding the node, counts by rule, most first."""
    rules = body.fields(dict(_by(tally, 1).most_common(_MAX_RULES)), fields_size)
    said = of_node.Statement(REASON, "Suppressed", _note(tally, pods), annotations=rules)
    return of_node.event(said, identity.summary_name(node.name, since_ns), node, now_ns)


def _by(tally: Tally, part: int) -> Counter[Any]:
    """Numbers by owner (0), rule (1) or cause (2)."""
    found: Counter[Any] = Counter()
    for key, number in tally.items():
        found[key[part]] += number
    return found


def _note(tally: Tally, pods: Pods) -> str:
    causes = ", ".join(f"{number:,} {CAUSES[cause]}" for cause, number in _by(tally, 2).most_common())
    by_rule = _by(tally, 1)
    rules = ", ".join(f"{number:,} {note.folded(rule, 80)}" for rule, number in by_rule.most_common(10))
    rest = len(by_rule) - 10
    more = f" and of {rest:,} more rules" if rest > 0 else ""
    total = tally.total()
    head = f"{total:,} alert{'' if total == 1 else 's'} not published as Events"
    text = f"{head} ({causes}); loudest: {_loudest(tally, pods)}; by rule: {rules}{more}"
    return note.folded(f"{text}; all are in the agent's output", note.MAX_LENGTH)


def _loudest(tally: Tally, pods: Pods) -> str:
    owners = (f"{number:,} {account.words(whose)}" for whose, number in _by(tally, 0).most_common(NAMED))
    of_pods = (f"{number:,} in {pod_words(pod)}" for pod, number in list(pods.items())[:NAMED])
    return ", ".join((*owners, *of_pods))


def pod_words(pod: Pod) -> str:
    namespace, name = (note.folded(escape.decode(part), 63) for part in pod)
    return f"pod {namespace}/{name}" if name else "no pod"
