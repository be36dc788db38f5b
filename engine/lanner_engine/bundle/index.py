# SPDX-License-Identifier: Apache-2.0
"""The index: which bundle is in force and which shards it is made of.

Written by the operator into one ConfigMap, whose single update is the switch to another bundle; read by every
agent. It comes over the network from an object that people can edit: everything in it is bounded and checked.
"""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lanner_engine.bundle.errors import BundleError
from lanner_engine.engine_version import ENGINE

FORMAT = 1
INDEX_KEY = "index.json"  # the key in the ConfigMap's data
MAX_INDEX = 64 << 10  # characters of an index
MAX_SHARDS = 64
MAX_SHARD = 1 << 20  # bytes: no ConfigMap holds more

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ShardEntry(_Part):
    """One shard: `sha256` and `bytes` are those of its content as stored, packed or not."""

    name: str = Field(pattern="^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")
    sha256: Sha256
    bytes: int = Field(ge=0, le=MAX_SHARD)
    gz: bool


class Index(_Part):
    """`engine` is the oldest engine that may read the bundle; `created` is RFC 3339; `bundleSha256` is the
    hash of the unpacked objects, the same for the same rules however they were cut and packed.
    """

    format: int = FORMAT
    revision: int = Field(ge=0, le=2**53)
    engine: str = Field(pattern="^[0-9]{1,6}[.][0-9]{1,6}[.][0-9]{1,6}$")
    created: str = Field(max_length=40)
    bundleSha256: Sha256
    shards: tuple[ShardEntry, ...] = Field(min_length=1, max_length=MAX_SHARDS, strict=False)

    @property
    def name(self) -> str:
        """What people call the bundle: r000123-9f2c41d0."""
        return f"r{self.revision:06d}-{self.bundleSha256[:8]}"

    def text(self) -> str:
        """The index as it is stored, the same for the same content."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True) + "\n"


def parse(text: str) -> Index:
    """An index as it was stored.

    Raises:
        BundleError: IndexInvalid, or EngineTooOld when a newer operator wrote it.
    """
    if len(text) > MAX_INDEX:
        raise BundleError("IndexInvalid", f"the index is longer than {MAX_INDEX >> 10} KiB")
    written = _json(text)
    version = written.get("format") if isinstance(written, dict) else None
    if isinstance(version, int) and version > FORMAT:
        message = f"the bundle has format {version}, this engine reads {FORMAT}"
        raise BundleError("EngineTooOld", f"{message}: update the agent")
    if version != FORMAT:
        raise BundleError("IndexInvalid", f"the index has no format {FORMAT}")
    try:
        made = Index.model_validate(written)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise BundleError("IndexInvalid", f"the index's {place}: {first['msg']}") from None
    _check_engine(made.engine)
    return made


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BundleError("IndexInvalid", f"the index is no JSON: {error}") from None


def _check_engine(wanted: str) -> None:
    if tuple(map(int, wanted.split("."))) > ENGINE:
        ours = ".".join(map(str, ENGINE))
        message = f"the bundle asks for engine {wanted}, this one is {ours}: update the agent"
        raise BundleError("EngineTooOld", message)
