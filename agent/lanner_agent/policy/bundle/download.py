# SPDX-License-Identifier: Apache-2.0
"""The index's ConfigMap and the shards' ConfigMaps -> an index and bytes.

Nothing is judged here but the form; whether the bytes are those the index names is said by the engine.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_engine.bundle.errors import BundleError
from lanner_engine.bundle.index import INDEX_KEY, Index, ShardEntry
from lanner_engine.bundle.shards import PACKED_KEY, PLAIN_KEY


def index_text(config_map: Mapping[str, Any]) -> str:
    """Raises BundleError when the ConfigMap has no index."""
    text = (config_map.get("data") or {}).get(INDEX_KEY)
    if not isinstance(text, str):
        raise BundleError("IndexInvalid", f"the index's ConfigMap has no key {INDEX_KEY}")
    return text


async def shards(api: Api, namespace: str, index: Index) -> dict[str, bytes]:
    """Each shard's bytes, one request after the other. Raises BundleError, and ApiError for the rest."""
    return {entry.name: await _shard(api, namespace, entry) for entry in index.shards}


async def _shard(api: Api, namespace: str, entry: ShardEntry) -> bytes:
    try:
        config_map = await api.request(
            "GET", f"/api/v1/namespaces/{quote(namespace, safe='')}/configmaps/{quote(entry.name, safe='')}"
        )
    except ApiError as error:
        if error.not_found:
            raise BundleError("ShardMissing", f"there is no ConfigMap {entry.name}") from error
        raise
    data, key = ("binaryData", PACKED_KEY) if entry.gz else ("data", PLAIN_KEY)
    text = (config_map.get(data) or {}).get(key)
    if not isinstance(text, str):
        raise BundleError("ShardInvalid", f"the ConfigMap {entry.name} has no key {key} in {data}")
    try:
        return base64.b64decode(text, validate=True) if entry.gz else text.encode()
    except (binascii.Error, ValueError) as error:
        raise BundleError("ShardInvalid", f"the ConfigMap {entry.name} holds no base64: {error}") from error
