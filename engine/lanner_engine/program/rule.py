# SPDX-License-Identifier: Apache-2.0
"""A checked rule: what load makes of a definition without errors, and what codegen, index and publishing
read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from lanner_engine.ast import Expr
from lanner_engine.fields.tables.event_names import RECORDED
from lanner_engine.output.template import Template
from lanner_engine.passes.outcomes import Outcomes
from lanner_engine.program.scope import Scope
from lanner_engine.resources.rule_object import RuleObject
from lanner_engine.source import NOWHERE, Span


class Priority(IntEnum):
    """Most severe first, with syslog's numbers (specification 1.3)."""

    EMERGENCY = 0
    ALERT = 1
    CRITICAL = 2
    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFORMATIONAL = 6
    DEBUG = 7

    @property
    def label(self) -> str:
        """The name alerts print: Notice, Informational, ..."""
        return self.name.capitalize()


def parse_priority(text: str) -> Priority:
    """The priority of a name in any case; INFO is a synonym.

    Raises:
        ValueError: there is no such priority.
    """
    name = text.strip().upper()
    try:
        return Priority["INFORMATIONAL" if name == "INFO" else name]
    except KeyError:
        raise ValueError(f"invalid priority {text}") from None


@dataclass(frozen=True, slots=True, eq=False)
class CheckedRule:
    """A rule that can be compiled. `condition` is what the last of passes/pipeline made of it.

    `owner` is the API object that defines it, whose `scope` says where it may match; both are None for a rule
    of a plain rules file, which matches everywhere.
    """

    name: str
    description: str
    priority: Priority
    tags: tuple[str, ...]
    source: str
    condition: Expr
    event_types: frozenset[str]
    output: Template
    needs_metadata: bool  # condition or scope ask what only the container runtime knows
    outcomes: Outcomes = field(
        default_factory=Outcomes
    )  # the event types on which it can be true, by how the call ended
    fields: frozenset[str] = frozenset()  # what condition and output read: names, those with arguments, and
    # NAME[] where an argument could stand and does not
    span: Span = field(default=NOWHERE, repr=False)
    owner: RuleObject | None = None
    scope: Scope | None = None
    tenant_lists: frozenset[str] = frozenset()  # which the condition reads: namespaces may add to them

    @property
    def owner_key(self) -> str:
        """Of the object that defines it; empty for all rules of plain rules files together."""
        return self.owner.key if self.owner else ""

    @property
    def dry_run(self) -> bool:
        """Whether what it matches is only counted."""
        return self.owner is not None and self.owner.dry_run

    @property
    def watched(self) -> frozenset[str]:
        """The event types on which it can fire: those that something records."""
        return self.event_types & RECORDED
