# SPDX-License-Identifier: Apache-2.0
"""The status of an object that has no place among the others of its namespace. Pure.

Its last status is not known any more, so all of it is written anew. It names how many objects there were when
it was written; their number alone is no reason to write it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lanner_engine.resources.falco_rule import FalcoRuleStatus
from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.status import conditions
from lanner_operator.status.conditions import Said

REASON: Final = "TooManyObjects"
_SAID: Final = ("observedGeneration", "conditions")
_OTHERS: Final = tuple(name for name in FalcoRuleStatus.model_fields if name not in _SAID)


def is_told(status: Mapping[str, Any], generation: int) -> bool:
    """Whether the status says so of this generation."""
    listed = status.get("conditions")
    found = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    accepted = next((one for one in found if one.get("type") == "Accepted"), {})
    return accepted.get("reason") == REASON and accepted.get("observedGeneration") == generation


def patch(one: RuleObject, number: int, bound: str, now: str) -> dict[str, Any]:
    """A merge patch. `number` of objects there are; `bound` in words; `now` RFC 3339."""
    whose = f"namespace {one.namespace} has" if one.namespace else "there are"
    kinds = f"{one.kind}{'' if number == 1 else 's'}"
    message = f"{whose} {number:,} {kinds}; {bound}, the oldest first: delete some, or put rules together"
    accepted = Said("False", REASON, message, one.generation)
    said = {
        conditions.ACCEPTED: accepted,
        conditions.PROGRAMMED: Said("False", "NotAccepted", "no node has its rules", one.generation),
        **conditions.refused(accepted),
    }
    made = {
        "observedGeneration": one.generation,
        "conditions": conditions.dated(said, None, now),
        **dict.fromkeys(_OTHERS),
    }
    return {"metadata": {"uid": one.uid}, "status": made}
