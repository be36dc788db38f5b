# SPDX-License-Identifier: Apache-2.0
"""API objects in one line each, and what a check says about them, for tests of acceptance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lanner_engine import diagnostics
from lanner_engine.objects.verdicts import CheckedObjects, check_objects
from lanner_engine.program.rule import CheckedRule
from lanner_engine.resources.rule_object import RuleObject

OPEN = "evt.type = open"


def rule(name: str = "r", condition: str = OPEN, **more: Any) -> dict[str, Any]:
    return {"name": name, "condition": condition, "desc": "d", "output": "o", "priority": "NOTICE", **more}


def macro(name: str, condition: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "condition": condition, **more}


def change(name: str = "r", **keys: Any) -> dict[str, Any]:
    """A rule that replaces keys of an earlier one."""
    return {"name": name, **keys, "override": dict.fromkeys(keys, "replace")}


def appended(name: str, condition: str) -> dict[str, Any]:
    """A rule or macro that appends to an earlier one's condition."""
    return {"name": name, "condition": condition, "override": {"condition": "append"}}


def cluster(name: str, *rules: dict[str, Any], generation: int = 1, **spec: Any) -> RuleObject:
    """A ClusterFalcoRule; its uid is that of its name unless the spec says another."""
    uid = spec.pop("uid", f"uid-{name}")
    written = {"rules": list(rules), **spec} if rules else spec
    return RuleObject("ClusterFalcoRule", "", name, uid, generation, written)


def tenant(namespace: str, name: str, *rules: dict[str, Any], generation: int = 1, **spec: Any) -> RuleObject:
    """A FalcoRule."""
    written = {"rules": list(rules), **spec} if rules else spec
    return RuleObject("FalcoRule", namespace, name, f"uid-{namespace}-{name}", generation, written)


def check(*objects: RuleObject, previous: tuple[RuleObject, ...] = ()) -> CheckedObjects:
    return check_objects(objects, {one.uid: one for one in previous})


def verdicts(checked: CheckedObjects) -> dict[str, str]:
    """The reason by short name; `+` in front of it: accepted, `~`: its previous version is in force."""
    return {
        key.split("/", 1)[1]: f"{'+' if one.accepted else '~' if one.in_force else '-'}{one.reason}"
        for key, one in checked.verdicts.items()
    }


def said(checked: CheckedObjects, key: str) -> str:
    return "\n".join(map(diagnostics.render, checked.verdicts[key].diagnostics))


def names(rules: Sequence[CheckedRule]) -> list[str]:
    return [one.name for one in rules]
