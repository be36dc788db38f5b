# SPDX-License-Identifier: Apache-2.0
"""What the models take and refuse by themselves, without an API server in front of them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from lanner_engine.resources.falco_node import FalcoNodeStatus
from lanner_engine.resources.falco_rule import ClusterFalcoRuleSpec, FalcoRuleSpec, RulesSpec
from lanner_engine.resources.rule_object import RuleObject
from lanner_engine.resources.selector import LabelSelector

RULE: dict[str, Any] = {
    "name": "r",
    "condition": "evt.type = execve",
    "desc": "d",
    "output": "o",
    "priority": "NOTICE",
}
NO_VALUES = {"key": "a", "operator": "In"}


def places(spec: dict[str, Any], model: type[RulesSpec] = FalcoRuleSpec) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(spec)
    return [".".join(map(str, error["loc"])) for error in caught.value.errors()]


def test_defaults_are_active_in_the_middle_and_without_the_host() -> None:
    spec = ClusterFalcoRuleSpec.model_validate({"rules": [RULE]})
    assert (spec.mode, spec.loadOrder, spec.hostScope) == ("Active", 500, "Exclude")


def test_elements_change_earlier_ones() -> None:
    spec = FalcoRuleSpec.model_validate(
        {
            "lists": [{"name": "l", "items": ["a"], "override": {"items": "append"}}],
            "macros": [{"name": "m", "condition": "or x", "override": {"condition": "append"}}],
            "rules": [{"name": "r", "enabled": False, "override": {"enabled": "replace"}}],
        }
    )
    assert spec.rules is not None
    assert spec.rules[0].override is not None
    assert spec.rules[0].override.enabled == "replace"


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ({"mode": "Sleeping"}, "mode"),
        ({"loadOrder": 1001}, "loadOrder"),
        ({"hostScope": "Include"}, "hostScope"),
        ({"namespaceSelector": {}}, "namespaceSelector"),
        ({"nodeSelector": {}}, "nodeSelector"),
        ({"containers": {}}, "containers"),
        ({"containers": {"names": []}}, "containers.names"),
        ({"publish": {"minPriority": 5}}, "publish.minPriority"),
        ({"publish": {"events": "Sometimes"}}, "publish.events"),
        ({"publish": {"reason": "no good"}}, "publish.reason"),
        ({"throttle": {"by": []}}, "throttle.by"),
        ({"throttle": {}}, "throttle"),
        ({"throttle": {"process": {"seconds": 301, "about": ["fd.name"]}}}, "throttle.process.seconds"),
        ({"throttle": {"process": {"seconds": 10}}}, "throttle.process.about"),
        ({"content": "x" * (128 * 1024 + 1)}, "content"),
        ({"rules": [{**RULE, "capture": True}]}, "rules.0.capture"),
        ({"rules": [{**RULE, "name": "x" * 129}]}, "rules.0.name"),
        ({"rules": [{**RULE, "condition": ""}]}, "rules.0.condition"),
        ({"rules": [RULE] * 257}, "rules"),
        ({"rules": [{"name": "r", "override": {"priority": "append"}}]}, "rules.0.override.priority"),
        ({"macros": [{"name": "1m", "condition": "c"}]}, "macros.0.name"),
        ({"lists": [{"name": "a b", "items": []}]}, "lists.0.name"),
        ({"podSelector": {"matchExpressions": [NO_VALUES]}}, "podSelector.matchExpressions.0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_does_nothing_or_is_too_large_is_refused(spec: dict[str, Any], place: str) -> None:
    assert places(spec) == [place]


def test_a_cluster_rule_may_say_more() -> None:
    spec = ClusterFalcoRuleSpec.model_validate(
        {"content": "x", "hostScope": "Include", "namespaceSelector": {"matchLabels": {"team": "a"}}}
    )
    assert spec.namespaceSelector == LabelSelector(matchLabels={"team": "a"})
    assert places({"hostScope": "Maybe"}, ClusterFalcoRuleSpec) == ["hostScope"]


def test_a_rule_object_knows_its_key_and_order() -> None:
    tenant = RuleObject("FalcoRule", "shop", "a", "u", 1, {"loadOrder": 7})
    cluster = RuleObject("ClusterFalcoRule", "", "a", "u", 1, {"mode": "Disabled"})
    assert (tenant.key, tenant.order, tenant.active) == ("FalcoRule/shop/a", (7, "shop", "a"), True)
    assert (cluster.key, cluster.order, cluster.active) == ("ClusterFalcoRule/a", (500, "", "a"), False)


def test_a_status_is_written_without_what_is_not_known() -> None:
    assert FalcoNodeStatus(counters={"events": 3}).model_dump(exclude_defaults=True) == {
        "counters": {"events": 3}
    }
