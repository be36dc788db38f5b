# SPDX-License-Identifier: Apache-2.0
"""Rule objects and indices for tests of bundles."""

from __future__ import annotations

from lanner_engine.bundle.index import Index
from lanner_engine.bundle.shards import Cut
from lanner_engine.resources.rule_object import RuleObject


def rule_object(name: str, content: str = "", namespace: str = "", generation: int = 1) -> RuleObject:
    kind = "FalcoRule" if namespace else "ClusterFalcoRule"
    return RuleObject(kind, namespace, name, f"uid-{name}", generation, {"content": content})


def index_of(made: Cut, revision: int = 123) -> Index:
    shards = tuple(shard.entry for shard in made.shards)
    created = "2026-07-01T12:00:00Z"
    return Index(revision=revision, engine="0.57.0", created=created, bundleSha256=made.sha256, shards=shards)


def contents_of(made: Cut) -> dict[str, bytes]:
    return {shard.name: shard.content for shard in made.shards}
