# SPDX-License-Identifier: Apache-2.0
"""A bundle that should be in force, and the one that is -> what has to be written, in order. Pure.

First the shards, then the index, whose single change is the switch; garbage last. Nothing at all when the
bundle in force is the wanted one and whole. Carried out by publish.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from lanner_engine.bundle.index import INDEX_KEY, Index
from lanner_engine.bundle.shards import PACKED_KEY, PLAIN_KEY, Cut, Shard
from lanner_engine.engine_version import ENGINE
from lanner_operator.bundle.stored import REVISION, Stored, StoredShard
from lanner_operator.installation import (
    BUNDLE_COMPONENT,
    BUNDLE_LABEL,
    COMPONENT_LABEL,
    INSTANCE_LABEL,
    Installation,
)

KEPT: Final = 3  # bundles whose shards stay: the one in force and two before it
Owner = Mapping[str, Any]  # an ownerReference


@dataclass(frozen=True, slots=True)
class Writing:
    """`index` is None when the stored one says the right thing already; `spoiled` shards are replaced."""

    wanted: Index
    index: dict[str, Any] | None
    spoiled: tuple[StoredShard, ...]
    shards: tuple[dict[str, Any], ...]

    @property
    def nothing(self) -> bool:
        return self.index is None and not self.shards


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: the installation, its owner object if it has one, and the time (RFC 3339)."""

    installation: Installation
    owner: Owner | None
    now: str


def plan(cut: Cut, stored: Stored, least_revision: int, author: Author) -> Writing:
    """`least_revision` is the highest number known to have been given, wherever that is known from."""
    index = _index(cut, max(stored.revision, least_revision) + 1, author.now)
    if stored.index is not None and says_the_same(stored.index, index):
        index = stored.index
    missing = [shard for shard in cut.shards if _sha256(stored, shard) != shard.sha256]
    spoiled = tuple(stored.shards[shard.name] for shard in missing if shard.name in stored.shards)
    made = tuple(_shard_map(shard, cut, index.revision, author) for shard in missing)
    changed = index != stored.index or not labelled(stored.index_map, author)
    return Writing(index, _index_map(index, author) if changed else None, spoiled, made)


def says_the_same(stored: Index, wanted: Index) -> bool:
    """Whether the stored index is as good as the wanted one, which has the next number.

    One whose number was lowered is not: agents would take it for an old one.
    """
    same = (stored.bundleSha256, stored.shards, stored.engine)
    return (
        same == (wanted.bundleSha256, wanted.shards, wanted.engine) and stored.revision >= wanted.revision - 1
    )


def garbage(stored: Stored, in_force: str, recent: Collection[str]) -> tuple[str, ...]:
    """Names of shards that are not needed: not of the bundle in force, nor `recent`, nor of the newest
    others.

    `in_force` and `recent` are labels, twelve characters of a bundle's hash.
    """
    newest: dict[str, int] = {}
    for shard in stored.shards.values():
        newest[shard.bundle] = max(shard.revision, newest.get(shard.bundle, 0))
    others = sorted((label for label in newest if label != in_force), key=lambda label: newest[label])
    kept = {in_force, *recent, *others[-(KEPT - 1) :]}
    return tuple(sorted(name for name, shard in stored.shards.items() if shard.bundle not in kept))


def label(sha256: str) -> str:
    """What the shards of a bundle are labelled with."""
    return sha256[:12]


def numbered(writing: Writing, revision: int, author: Author) -> Writing:
    """The same with a higher number, after another writer took this one."""
    index = writing.wanted.model_copy(update={"revision": revision})
    return replace(writing, wanted=index, index=_index_map(index, author))


def _index(cut: Cut, revision: int, now: str) -> Index:
    engine = ".".join(map(str, ENGINE))
    entries = tuple(shard.entry for shard in cut.shards)
    return Index(revision=revision, engine=engine, created=now, bundleSha256=cut.sha256, shards=entries)


def _sha256(stored: Stored, shard: Shard) -> str | None:
    found = stored.shards.get(shard.name)
    return found.sha256 if found else None


def labelled(index_map: Mapping[str, Any], author: Author) -> bool:
    """Whether the index still is what the watch selects, and has the owner that takes it along."""
    meta = index_map.get("metadata") or {}
    wanted = _meta(author.installation.index, author)
    labels = meta.get("labels") or {}
    owned = not author.owner or meta.get("ownerReferences") == wanted["ownerReferences"]
    return owned and all(labels.get(key) == value for key, value in wanted["labels"].items())


def _index_map(index: Index, author: Author) -> dict[str, Any]:
    meta = _meta(author.installation.index, author)
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {INDEX_KEY: index.text()}}


def _shard_map(shard: Shard, cut: Cut, revision: int, author: Author) -> dict[str, Any]:
    meta = _meta(shard.name, author)
    meta["labels"][BUNDLE_LABEL] = label(cut.sha256)
    meta["annotations"] = {REVISION: str(revision)}
    content = (
        {"binaryData": {PACKED_KEY: base64.b64encode(shard.content).decode()}}
        if shard.gz
        else {"data": {PLAIN_KEY: shard.content.decode()}}
    )
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "immutable": True, **content}


def _meta(name: str, author: Author) -> dict[str, Any]:
    installation = author.installation
    labels = {COMPONENT_LABEL: BUNDLE_COMPONENT, INSTANCE_LABEL: installation.name}
    meta: dict[str, Any] = {"name": name, "namespace": installation.namespace, "labels": labels}
    if author.owner:
        meta["ownerReferences"] = [dict(author.owner)]
    return meta
