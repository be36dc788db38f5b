# SPDX-License-Identifier: Apache-2.0
"""Objects as the API server has them, for tests that need no API server."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from lanner_engine.bundle import shards
from lanner_engine.bundle.shards import Cut
from lanner_engine.resources.rule_object import CLUSTER_RULE, RuleObject
from lanner_operator.bundle import stored
from lanner_operator.bundle.stored import Stored
from lanner_operator.bundle.writing import Author, Writing
from lanner_operator.installation import BUNDLE_LABEL, Installation
from lanner_operator.status import node
from lanner_operator.status.node import Node

HERE = Installation("lanner", "lanner")
NOW = "2026-11-25T10:00:00Z"
LATER = "2026-11-25T11:00:00Z"
OWNER = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "lanner-operator", "uid": "d1"}
AUTHOR = Author(HERE, OWNER, NOW)


def rule(name: str, condition: str = "evt.type = execve", **more: Any) -> dict[str, Any]:
    """One rule of a spec."""
    return {"name": name, "condition": condition, "desc": "d", "output": "o", "priority": "NOTICE", **more}


def spec(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A spec as the API server has it, after defaulting."""
    return {"mode": "Active", "loadOrder": 500, "hostScope": "Exclude", "rules": list(rules), **more}


def cluster_rule(name: str, made: dict[str, Any] | None = None, generation: int = 1) -> RuleObject:
    return RuleObject(CLUSTER_RULE, "", name, f"uid-{name}", generation, made or spec(rule(name)))


def cut(*objects: RuleObject) -> Cut:
    return shards.cut(objects, HERE.index)


def applied(writing: Writing, before: Stored | None = None) -> Stored:
    """What is stored after a writing was carried out."""
    numbers = itertools.count()
    maps = dict(_maps(before, writing)) if before else {}
    for made in (*writing.shards, *([writing.index] if writing.index else [])):
        meta = {**made["metadata"], "uid": f"u{next(numbers)}", "resourceVersion": "1"}
        maps[meta["name"]] = {**made, "metadata": meta}
    return stored.read(maps.values(), HERE)


def _maps(before: Stored, writing: Writing) -> Iterable[tuple[str, Any]]:
    if before.index_map:
        yield HERE.index, before.index_map
    for shard in before.shards.values():
        if shard not in writing.spoiled and shard.content is not None:
            meta = {
                "name": shard.name,
                "labels": {BUNDLE_LABEL: shard.bundle},
                "annotations": {stored.REVISION: str(shard.revision)},
            }
            yield shard.name, {"metadata": meta, "data": {shards.PLAIN_KEY: shard.content.decode()}}


def falco_node(name: str, bundle: str = "", **status: Any) -> Node:
    """A node whose agent has the bundle with this hash in force."""
    loaded = {"bundle": {"sha256": bundle}} if bundle else {}
    return node.read({"metadata": {"name": name, "uid": f"uid-{name}"}, "status": {**loaded, **status}})
