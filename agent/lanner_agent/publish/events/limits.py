# SPDX-License-Identifier: Apache-2.0
"""Whether a new Event may be made for a pod, or for one rule in it: two token buckets. Called by the ledger.

A pod that makes noise reaches its own limit and no other pod's. Alerts of priority Critical and above have a
reserved part of the pod's budget: an attacker who floods first with lesser alerts does not hide them.
"""

from __future__ import annotations

from collections import OrderedDict

from lanner_agent.publish.events import buckets
from lanner_agent.publish.events.buckets import Bucket
from lanner_agent.publish.events.settings import EventSettings

RULE_LIMIT = "suppressed_rule_limit"
POD_LIMIT = "suppressed_pod_limit"
_REMEMBERED = 4096  # pods, and pairs of pod and rule; who is forgotten starts with a full bucket


class Limits:
    """Subjects are pods, containers without one, and the host (identity.subject)."""

    def __init__(self, settings: EventSettings) -> None:
        self._settings = settings
        self._pods: OrderedDict[bytes, Bucket] = OrderedDict()
        self._rules: OrderedDict[tuple[bytes, bytes], Bucket] = OrderedDict()

    def refusal(self, subject: bytes, rule: bytes, urgent: bool, now: float) -> str | None:
        """Why there is no room for one more Event, or None: then a token of each bucket is taken."""
        pod = self._pod(subject, now)
        of_rule = self._rule(subject, rule, now)
        if of_rule.wait(urgent, now):
            return RULE_LIMIT
        if pod.wait(urgent, now):
            return POD_LIMIT
        of_rule.take()
        pod.take()
        return None

    def _pod(self, subject: bytes, now: float) -> Bucket:
        found = self._pods.get(subject)
        if found is None:
            burst, part = self._settings.pod_burst, self._settings.reserve
            found = Bucket(burst, self._settings.pod_interval, buckets.reserved(burst, part), now)
            self._pods[subject] = found
            if len(self._pods) > _REMEMBERED:
                self._pods.popitem(last=False)
        self._pods.move_to_end(subject)
        return found

    def _rule(self, subject: bytes, rule: bytes, now: float) -> Bucket:
        key = (subject, rule)
        found = self._rules.get(key)
        if found is None:
            found = Bucket(self._settings.rule_burst, self._settings.rule_interval, 0, now)
            self._rules[key] = found
            if len(self._rules) > _REMEMBERED:
                self._rules.popitem(last=False)
        self._rules.move_to_end(key)
        return found
