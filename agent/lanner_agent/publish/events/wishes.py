# SPDX-License-Identifier: Apache-2.0
"""What the object that a rule stands in says of its Events: publish and throttle of its spec, which has its
shape by now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lanner_engine.program.rule import Priority, parse_priority
from lanner_engine.resources.rule_object import RuleObject


@dataclass(frozen=True, slots=True)
class Wishes:
    """`wanted`: there are Events at all, of alerts that are at least as severe as `least`. `fields` None for
    all of the output's, `reason` "" for the rule's name; repeats have the same values of `by`, () for the
    executable.
    """

    wanted: bool = True
    least: Priority = Priority.DEBUG
    fields: tuple[str, ...] | None = None
    reason: str = ""
    by: tuple[str, ...] = ()


def wishes(owner: RuleObject | None) -> Wishes:
    """Those of an object; none of rules from files."""
    if owner is None:
        return Wishes()
    publish: Mapping[str, Any] = owner.spec.get("publish") or {}
    throttle: Mapping[str, Any] = owner.spec.get("throttle") or {}
    least, fields = publish.get("minPriority"), publish.get("fields")
    return Wishes(
        publish.get("events") != "Never",
        parse_priority(least) if least else Priority.DEBUG,
        None if fields is None else tuple(fields),
        publish.get("reason") or "",
        tuple(throttle.get("by") or ()),
    )
