# SPDX-License-Identifier: Apache-2.0
"""Selection: which of the loaded rules are in force (specification 6.2).

A threshold comes first: what is less severe is out, and no switch brings it back. Then the rule's own
`enabled`, then the switches in order, of which the last that names the rule decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from lanner_engine.fields.globbing import glob
from lanner_engine.program.rule import CheckedRule, Priority


class Naming(Enum):
    """How a switch's `name` names rules: `*` stands for anything, or it is the name, or a part of it. An
    empty one names every rule, but with wildcards none.
    """

    WILDCARDS = "wildcards"
    EXACT = "exact"
    SUBSTRING = "substring"


@dataclass(frozen=True, slots=True)
class Switch:
    """Turns rules on or off: those that `name` names, and those that have the `tag`; None names none."""

    on: bool
    name: str | None = None
    tag: str | None = None
    naming: Naming = Naming.WILDCARDS

    def names(self, rule: CheckedRule) -> bool:
        """Whether it is about this rule. Case matters."""
        return (self.tag is not None and self.tag in rule.tags) or self._has_name(rule.name)

    def _has_name(self, name: str) -> bool:
        if self.name is None:
            return False
        if self.naming is Naming.WILDCARDS:
            return glob(_pattern(self.name), name.encode("utf-8", "surrogatepass"))
        return self.name in ("", name) if self.naming is Naming.EXACT else self.name in name


@dataclass(frozen=True, slots=True)
class Selection:
    """`minimum` is the least severe priority that is let in."""

    minimum: Priority = Priority.DEBUG
    switches: tuple[Switch, ...] = ()

    def admits(self, rule: CheckedRule, enabled: bool) -> bool:
        """Whether a rule is in force; `enabled` is what its definition says."""
        if rule.priority > self.minimum:
            return False
        for switch in reversed(self.switches):
            if switch.names(rule):
                return switch.on
        return enabled

    def select(self, loaded: Iterable[tuple[CheckedRule, bool]]) -> tuple[CheckedRule, ...]:
        """Of rules and whether they are enabled, those that are in force."""
        return tuple(rule for rule, enabled in loaded if self.admits(rule, enabled))

    def idle(self, rules: Iterable[CheckedRule]) -> tuple[Switch, ...]:
        """Switches that name none of the rules: probably misspelt."""
        known = list(rules)
        return tuple(switch for switch in self.switches if not any(map(switch.names, known)))


EVERYTHING = Selection()


def _pattern(name: str) -> bytes:
    """Only `*` is special in a rule's name."""
    escaped = name.replace("\\", "\\\\").replace("?", "\\?").replace("[", "\\[")
    return escaped.encode("utf-8", "surrogatepass")
