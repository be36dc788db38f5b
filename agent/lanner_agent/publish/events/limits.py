# SPDX-License-Identifier: Apache-2.0
"""Whether a new Event may be made for a pod, for one rule in it, or for the own rules of a namespace: token
buckets.

A pod that makes noise reaches its own limit and no other pod's. Alerts of priority Critical and above have a
reserved part of the pod's budget: an attacker who floods first with lesser alerts does not hide them. Rules
of the pod's namespace have a budget of their own, so that a tenant cannot use up what is the cluster's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import partial
from typing import TypeVar

from lanner_agent.publish.events import buckets
from lanner_agent.publish.events.account import Account, Rank
from lanner_agent.publish.events.buckets import Bucket
from lanner_agent.publish.events.rule_card import RuleCard
from lanner_agent.publish.events.settings import EventSettings

Key = TypeVar("Key", bound=Hashable)

RULE_LIMIT = "suppressed_rule_limit"
POD_LIMIT = "suppressed_pod_limit"
NAMESPACE_LIMIT = "suppressed_namespace_limit"
_REMEMBERED = 4096  # pods, namespaces, and pairs of pod and rule; who is forgotten starts with a full bucket


class Limits:
    """Subjects are pods, containers without one, and the host (identity.subject)."""

    def __init__(self, settings: EventSettings) -> None:
        self._settings = settings
        self._namespaces: OrderedDict[str, Bucket] = OrderedDict()
        self._pods: OrderedDict[tuple[bool, bytes], Bucket] = OrderedDict()
        self._rules: OrderedDict[tuple[bytes, bytes], Bucket] = OrderedDict()

    def refusal(self, account: Account, subject: bytes, card: RuleCard, now: float) -> str | None:
        """Why there is no room for one more Event, or None: then a token of each bucket is taken."""
        own = account.rank is Rank.OWN
        asked = [
            (self._rule((subject, card.identity), now), RULE_LIMIT),
            (self._pod((own, subject), now), POD_LIMIT),
        ]
        if own:
            asked.append((self._namespace(account.namespace, now), NAMESPACE_LIMIT))
        for bucket, cause in asked:
            if bucket.wait(card.urgent, now):
                return cause
        for bucket, _ in asked:
            bucket.take()
        return None

    def _namespace(self, name: str, now: float) -> Bucket:
        settings = self._settings
        made = partial(self._shared, settings.namespace_burst, settings.namespace_interval, now)
        return _kept(self._namespaces, name, made)

    def _pod(self, key: tuple[bool, bytes], now: float) -> Bucket:
        made = partial(self._shared, self._settings.pod_burst, self._settings.pod_interval, now)
        return _kept(self._pods, key, made)

    def _rule(self, key: tuple[bytes, bytes], now: float) -> Bucket:
        settings = self._settings
        return _kept(self._rules, key, partial(Bucket, settings.rule_burst, settings.rule_interval, 0, now))

    def _shared(self, burst: int, interval: float, now: float) -> Bucket:
        """With a part for the urgent."""
        return Bucket(burst, interval, buckets.reserved(burst, self._settings.reserve), now)


def _kept(known: OrderedDict[Key, Bucket], key: Key, made: Callable[[], Bucket]) -> Bucket:
    found = known.get(key)
    if found is None:
        found = known[key] = made()
        if len(known) > _REMEMBERED:
            known.popitem(last=False)
    known.move_to_end(key)
    return found
