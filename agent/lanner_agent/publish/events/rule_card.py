# SPDX-License-Identifier: Apache-2.0
"""What Events say about a rule, worked out once for each rule in force.

The identity covers what a reader of an Event would see: a rule whose output or priority was changed starts
new Events, since the text of an Event can never change.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from lanner_agent.publish.events import names, regarding, wishes
from lanner_agent.publish.events.wishes import Wishes
from lanner_engine.program.digest import digest
from lanner_engine.program.rule import CheckedRule, Priority

DIGEST = "lanner.dev/rule-digest"
GENERATION = "lanner.dev/rule-generation"
_TACTIC = "mitre_"
_CARDS = 4096  # more rules than any bundle holds; old bundles' cards go with the next clearing


@dataclass(frozen=True, slots=True)
class RuleCard:
    """`heading` begins the note; `tactic` is "" without a tag that names one, `tenant` without a namespace
    whose own the rule is.
    """

    name: str
    priority: Priority
    identity: bytes
    heading: str
    reason: str
    slug: str
    tactic: str
    tenant: str
    related: dict[str, str] | None
    wishes: Wishes
    rule: CheckedRule = field(repr=False)

    @property
    def version(self) -> dict[str, str]:
        """Which version of the rule it was: of its object, and of all that the rule is made of."""
        owner = self.rule.owner
        generation = {GENERATION: str(owner.generation)} if owner is not None else {}
        return {DIGEST: digest(self.rule), **generation}

    @property
    def urgent(self) -> bool:
        """May use the reserved part of its pod's budget."""
        return self.priority <= Priority.CRITICAL

    @property
    def type(self) -> str:
        """The Event's type: Kubernetes knows two."""
        return "Warning" if self.priority <= Priority.WARNING else "Normal"


class RuleCards:
    """Rules compare by identity, so a bundle loaded again makes new cards of equal content."""

    def __init__(self) -> None:
        self._cards: dict[CheckedRule, RuleCard] = {}

    def card(self, rule: CheckedRule) -> RuleCard:
        card = self._cards.get(rule)
        if card is None:
            if len(self._cards) >= _CARDS:
                self._cards.clear()
            card = self._cards[rule] = _card(rule)
        return card


def _card(rule: CheckedRule) -> RuleCard:
    wished = wishes.wishes(rule.owner)
    return RuleCard(
        name=rule.name,
        priority=rule.priority,
        identity=_identity(rule, wished),
        heading=f"{rule.priority.label} {rule.name}",
        reason=wished.reason or names.reason(rule.name),
        slug=names.slug(rule.name),
        tactic=_tactic(rule.tags),
        tenant=rule.owner.namespace if rule.owner else "",
        related=regarding.related(rule.owner),
        rule=rule,
        wishes=wished,
    )


def _identity(rule: CheckedRule, wished: Wishes) -> bytes:
    owner = "" if rule.owner is None else rule.owner.key
    parts = [owner, rule.name, rule.priority.label, rule.output.text]
    if wished.reason or wished.by:
        parts += [wished.reason, *wished.by]
    joined = b"\0".join(part.encode("utf-8", "surrogatepass") for part in parts)
    return hashlib.sha256(joined).digest()[:16]


def _tactic(tags: tuple[str, ...]) -> str:
    """`mitre_privilege_escalation` -> `privilege-escalation`; the first one counts."""
    found = next((tag for tag in tags if tag.startswith(_TACTIC)), "").removeprefix(_TACTIC)
    return names.slug(found) if found else ""
