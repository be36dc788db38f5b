# SPDX-License-Identifier: Apache-2.0
"""On whose account an Event is written: the cluster's rules about the pods of a namespace, or a namespace's
own rules.

Accounts take turns, have bounds of their own and are what summaries name. A tenant writes own rules and
chooses their priority, so that counts among them only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from lanner_agent.publish import escape
from lanner_agent.publish.events import note
from lanner_agent.publish.events.rule_card import RuleCard
from lanner_engine.fields.model import Container

_NAME = 63
Owner = tuple[bool, str]  # whether it is a namespace's own rules, and the namespace; "" is the node


class Rank(IntEnum):
    """What goes first when all wait."""

    URGENT = 0  # the cluster's rules of priority Critical and above
    CLUSTER = 1
    OWN = 2  # rules of namespaces


@dataclass(frozen=True, slots=True)
class Account:
    """`namespace` is that of the rules for OWN, else that of the pod; "" is the host."""

    rank: Rank
    namespace: str

    @property
    def owner(self) -> Owner:
        """The same for all ranks of the cluster's rules."""
        return self.rank is Rank.OWN, self.namespace


def booked_on(card: RuleCard, container: Container) -> Account:
    if card.tenant:
        return Account(Rank.OWN, card.tenant)
    rank = Rank.URGENT if card.urgent else Rank.CLUSTER
    return Account(rank, escape.decode(container.pod_namespace or b""))


def words(owner: Owner) -> str:
    """For people; one harmless line."""
    own, namespace = owner
    name = note.folded(namespace, _NAME)
    if own:
        return f"namespace {name}'s own rules"
    return f"the cluster's rules in namespace {name}" if name else "the cluster's rules on the node"
