# SPDX-License-Identifier: Apache-2.0
"""The installation's ConfigMaps -> the bundle that is in force there.

People can edit and delete ConfigMaps: one that does not fit is a reason why there is no bundle, never an
error that stops the operator.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lanner_engine.bundle import index as indexes
from lanner_engine.bundle import shards
from lanner_engine.bundle.errors import BundleError
from lanner_engine.bundle.index import INDEX_KEY, Index
from lanner_engine.bundle.shards import PACKED_KEY, PLAIN_KEY
from lanner_engine.resources.rule_object import RuleObject
from lanner_operator.installation import BUNDLE_LABEL, Installation

REVISION: Final = "lanner.dev/revision"  # annotation of a shard: the first bundle that used it

ConfigMap = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredShard:
    """`sha256` and `content` are of what stands in it; None when nothing of use does."""

    name: str
    uid: str
    bundle: str  # the label: twelve characters of the bundle's hash
    revision: int
    content: bytes | None = field(repr=False)

    @property
    def sha256(self) -> str | None:
        return None if self.content is None else hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Stored:
    """`index` is None when `problem` says why: it is missing or unusable.

    `version` is the index ConfigMap's resourceVersion and `written` its whole object; both empty without one.
    """

    index: Index | None
    problem: BundleError | None
    index_map: ConfigMap
    shards: Mapping[str, StoredShard]

    @property
    def revision(self) -> int:
        """The highest number that was ever given, as far as one can see."""
        numbers = [shard.revision for shard in self.shards.values()]
        return max([self.index.revision if self.index else 0, *numbers])

    def objects(self) -> tuple[RuleObject, ...]:
        """What the bundle in force holds. Raises BundleError."""
        if self.index is None:
            raise self.problem or BundleError("IndexInvalid", "there is no index")
        contents = {name: shard.content for name, shard in self.shards.items() if shard.content is not None}
        return shards.assemble(self.index, contents)


def read(config_maps: Iterable[ConfigMap], installation: Installation) -> Stored:
    """Sort the installation's ConfigMaps; others are not looked at."""
    named = {_name(one): one for one in config_maps}
    found = (_shard(one) for name, one in named.items() if name.startswith(f"{installation.index}-"))
    kept = {shard.name: shard for shard in found if shard.bundle}
    index_map = named.get(installation.index, {})
    try:
        return Stored(_index(index_map), None, index_map, kept)
    except BundleError as problem:
        return Stored(None, problem, index_map, kept)


def _index(config_map: ConfigMap) -> Index:
    if not config_map:
        raise BundleError("IndexInvalid", "there is no index")
    text = (config_map.get("data") or {}).get(INDEX_KEY)
    if not isinstance(text, str):
        raise BundleError("IndexInvalid", f"the index has no {INDEX_KEY}")
    return indexes.parse(text)


def _shard(config_map: ConfigMap) -> StoredShard:
    meta = config_map["metadata"]
    label = (meta.get("labels") or {}).get(BUNDLE_LABEL, "")
    number = (meta.get("annotations") or {}).get(REVISION, "")
    revision = int(number) if number.isascii() and number.isdigit() and len(number) < 16 else 0  # noqa: PLR2004
    return StoredShard(_name(config_map), meta.get("uid", ""), label, revision, _content(config_map))


def _content(config_map: ConfigMap) -> bytes | None:
    plain = (config_map.get("data") or {}).get(PLAIN_KEY)
    if isinstance(plain, str):
        return plain.encode()
    packed = (config_map.get("binaryData") or {}).get(PACKED_KEY)
    try:
        return base64.b64decode(packed, validate=True) if isinstance(packed, str) else None
    except binascii.Error:
        return None


def _name(config_map: ConfigMap) -> str:
    return str(config_map["metadata"]["name"])
