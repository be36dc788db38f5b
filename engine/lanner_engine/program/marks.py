# SPDX-License-Identifier: Apache-2.0
"""Where what is said of a whole rule is marked."""

from __future__ import annotations

from collections.abc import Iterable

from lanner_engine.documents.definitions import RuleDefinition
from lanner_engine.source import Span


def place(spans: Iterable[Span], definition: RuleDefinition) -> Span:
    """The first in the rule's own text; else in a list or macro of the same owner; else the rule."""
    own = definition.condition.whole
    ours = [one for one in spans if one.source.owner == definition.span.source.owner]
    inside = [one for one in ours if one.source == own.source and own.start <= one.start < own.end]
    return min(inside or ours, key=lambda one: one.start, default=definition.span)
