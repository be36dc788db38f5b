# SPDX-License-Identifier: Apache-2.0
"""A nodeSelector decides, by the labels of the node, whether an object's rules are in force on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lanner_agent.policy.bundle import loaded
from lanner_agent.policy.bundle.loaded import Loaded, Origin
from lanner_agent.report import status
from lanner_agent.report.board import Board
from lanner_engine.bundle.index import Index
from lanner_engine.bundle.shards import cut
from lanner_engine.resources.rule_object import CLUSTER_RULE, RuleObject

GPU = {"matchLabels": {"gpu": "yes"}}


def made(name: str, condition: str = "evt.type = execve", **spec: Any) -> RuleObject:
    rule = {"name": name, "condition": condition, "desc": "d", "output": "o", "priority": "NOTICE"}
    return RuleObject(CLUSTER_RULE, "", name, f"u-{name}", 1, {"rules": [rule], **spec})


def on(labels: Mapping[bytes, bytes] | None, *objects: RuleObject) -> Loaded:
    """The bundle of these objects, on a node with these labels."""
    bundle = cut(objects, "lanner-rules")
    index = Index(
        revision=1,
        engine="0.1.0",
        created="2026-01-01T00:00:00Z",
        bundleSha256=bundle.sha256,
        shards=tuple(shard.entry for shard in bundle.shards),
    )
    contents = {shard.name: shard.content for shard in bundle.shards}
    return loaded.from_bundle(index.text(), contents, Origin.BUNDLE, "first", labels)


def rules(one: Loaded) -> list[str]:
    return sorted(rule.name for rule in one.program.rules)


def test_rules_of_other_nodes_are_not_in_force_and_are_told_as_skipped() -> None:
    everywhere, gpu = made("everywhere"), made("gpu", nodeSelector=GPU)
    assert rules(on({b"gpu": b"yes"}, everywhere, gpu)) == ["everywhere", "gpu"]
    other = on({b"gpu": b"no"}, everywhere, gpu)
    assert rules(other) == ["everywhere"]
    assert status.status(Board(), {}, other, "")["skipped"] == ["ClusterFalcoRule/gpu"]
    assert not other.refused


def test_what_a_skipped_object_defines_is_known_to_others() -> None:
    words = made("words", nodeSelector=GPU, macros=[{"name": "shells", "condition": "proc.name = sh"}])
    found = on({}, words, made("uses", "evt.type = execve and shells"))
    assert (rules(found), found.refused) == (["uses"], ())


def test_while_labels_are_not_known_nothing_is_skipped() -> None:
    found = on(None, made("gpu", nodeSelector=GPU))
    assert (rules(found), found.choosing, found.skipped) == (["gpu"], True, frozenset())
    assert not on(None, made("everywhere")).choosing
