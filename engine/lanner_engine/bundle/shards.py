# SPDX-License-Identifier: Apache-2.0
"""Shards: rule objects to the contents of ConfigMaps, and back.

The operator cuts (`cut`), every agent puts together what the API server gave it (`assemble`). Objects are
JSON with sorted keys, one on a line, so that a small bundle can be read with kubectl. A large one is
packed and cut into pieces; what is read back is bounded before it is unpacked, and used only when every hash
is right.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from lanner_engine.bundle.errors import BundleError
from lanner_engine.bundle.index import MAX_SHARDS, Index, ShardEntry
from lanner_engine.resources.origin import Origin
from lanner_engine.resources.rule_object import CLUSTER_RULE, NAMESPACED_RULE, RuleObject

PLAIN_KEY = "bundle.json"  # in a ConfigMap's data
PACKED_KEY = "bundle.json.gz"  # in its binaryData
MAX_PLAIN = 32 << 10  # bytes of a bundle that stays readable; every node reads all of it at each change
PIECE = 700 << 10  # base64 makes a third more of it, and an object in etcd has about 1.5 MiB
MAX_UNPACKED = 32 << 20  # bytes: what an agent is willing to hold

_BEGIN, _END = b'{"objects":[\n', b"\n]}\n"
_TYPES: dict[str, type] = {
    "kind": str,
    "namespace": str,
    "name": str,
    "uid": str,
    "generation": int,
    "spec": dict,
}
_ORIGIN = "origin"  # of an object that follows a source, and of no other


@dataclass(frozen=True, slots=True)
class Shard:
    """One ConfigMap's worth: `content` stands under PACKED_KEY when `gz`, else under PLAIN_KEY."""

    name: str
    sha256: str
    size: int
    gz: bool
    content: bytes = field(repr=False)

    @property
    def entry(self) -> ShardEntry:
        """Its line in the index."""
        return ShardEntry(name=self.name, sha256=self.sha256, bytes=self.size, gz=self.gz)


@dataclass(frozen=True, slots=True)
class Cut:
    """A bundle: the hash of its objects and its shards in order."""

    sha256: str
    shards: tuple[Shard, ...]


def cut(objects: Sequence[RuleObject], prefix: str) -> Cut:
    """The bundle of objects in load order; shards are called `<prefix>-<12 characters of its hash>-<number>`.

    Raises:
        BundleError: TooLarge, when agents would refuse it.
    """
    plain = _BEGIN + b",\n".join(map(_line, objects)) + _END
    if len(plain) > MAX_UNPACKED:
        message = f"the rules are {len(plain) >> 20} MiB together, a bundle holds {MAX_UNPACKED >> 20}"
        raise BundleError("TooLarge", message)
    digest = hashlib.sha256(plain).hexdigest()
    packed = len(plain) >= MAX_PLAIN
    pieces = _pieces(gzip.compress(plain, mtime=0)) if packed else [plain]
    if len(pieces) > MAX_SHARDS:
        raise BundleError("TooLarge", f"the rules need {len(pieces)} shards, an index holds {MAX_SHARDS}")
    name = f"{prefix}-{digest[:12]}"
    shards = (_shard(f"{name}-{number}", piece, packed) for number, piece in enumerate(pieces))
    return Cut(digest, tuple(shards))


def _line(one: RuleObject) -> bytes:
    written = {key: getattr(one, key) for key in _TYPES}
    if one.origin is not None:
        written[_ORIGIN] = asdict(one.origin)
    return json.dumps(written, sort_keys=True, separators=(",", ":"), allow_nan=False, default=dict).encode()


def _pieces(content: bytes) -> list[bytes]:
    return [content[start : start + PIECE] for start in range(0, len(content), PIECE)]


def _shard(name: str, content: bytes, gz: bool) -> Shard:
    return Shard(name, hashlib.sha256(content).hexdigest(), len(content), gz, content)


def assemble(index: Index, contents: Mapping[str, bytes]) -> tuple[RuleObject, ...]:
    """The objects of a bundle in load order; `contents` are the shards' bytes by shard name.

    Raises:
        BundleError: ShardMissing, HashMismatch, ShardInvalid or TooLarge.
    """
    stored = b"".join(_verified(entry, contents) for entry in index.shards)
    if len({entry.gz for entry in index.shards}) > 1:
        raise BundleError("IndexInvalid", "some shards are packed and some are not")
    plain = _unpacked(stored) if index.shards[0].gz else stored
    if len(plain) > MAX_UNPACKED:
        raise _too_large()
    if hashlib.sha256(plain).hexdigest() != index.bundleSha256:
        raise BundleError("HashMismatch", f"the objects of bundle {index.name} are not those it names")
    return _objects(plain)


def _verified(entry: ShardEntry, contents: Mapping[str, bytes]) -> bytes:
    content = contents.get(entry.name)
    if content is None:
        raise BundleError("ShardMissing", f"there is no shard {entry.name}")
    if len(content) != entry.bytes or hashlib.sha256(content).hexdigest() != entry.sha256:
        raise BundleError("HashMismatch", f"the content of shard {entry.name} is not what the index names")
    return content


def _unpacked(packed: bytes) -> bytes:
    """At most one byte more than is allowed."""
    work = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        plain = work.decompress(packed, MAX_UNPACKED + 1)
    except zlib.error as error:
        raise BundleError("ShardInvalid", f"the shards cannot be unpacked: {error}") from None
    if len(plain) > MAX_UNPACKED:
        raise _too_large()
    if not work.eof:
        raise BundleError("ShardInvalid", "the shards end in the middle of what they pack")
    return plain


def _too_large() -> BundleError:
    return BundleError("TooLarge", f"the bundle unpacks to more than {MAX_UNPACKED >> 20} MiB")


def _objects(plain: bytes) -> tuple[RuleObject, ...]:
    try:
        written = json.loads(plain)
    except (ValueError, RecursionError) as error:
        raise BundleError("ShardInvalid", f"the bundle is no JSON: {error}") from None
    listed = written.get("objects") if isinstance(written, dict) else None
    if not isinstance(listed, list):
        raise BundleError("ShardInvalid", "the bundle holds no list of objects")
    return tuple(_object(number, one) for number, one in enumerate(listed))


def _object(number: int, written: Any) -> RuleObject:
    shaped = isinstance(written, dict) and written.keys() - {_ORIGIN} == _TYPES.keys()
    if not shaped or any(type(written[key]) is not wanted for key, wanted in _TYPES.items()):
        raise BundleError("ShardInvalid", f"object {number} of the bundle has not the shape of a rule object")
    if written["kind"] not in (CLUSTER_RULE, NAMESPACED_RULE):
        raise BundleError("ShardInvalid", f"object {number} of the bundle is of kind {written['kind']}")
    if (written["kind"] == NAMESPACED_RULE) != bool(written["namespace"]):
        raise BundleError("ShardInvalid", f"object {number} of the bundle has a namespace, or lacks it")
    return RuleObject(**{**written, _ORIGIN: _origin(number, written.get(_ORIGIN))})


def _origin(number: int, written: Any) -> Origin | None:
    """Of an object that follows a source."""
    if written is None:
        return None
    names = {field.name for field in fields(Origin)}
    shaped = isinstance(written, dict) and written.keys() | {"path"} == names  # bundles of before have none
    if not shaped or not all(isinstance(value, str) for value in written.values()):
        raise BundleError("ShardInvalid", f"object {number} of the bundle has no origin that can be read")
    return Origin(**written)
