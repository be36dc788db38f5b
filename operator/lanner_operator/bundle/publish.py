# SPDX-License-Identifier: Apache-2.0
"""Carries out a Writing: shards, then the index, then the garbage.

A failure leaves the old bundle in force: agents look at the index, and the index changes last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from lanner_apiserver.client import MERGE, Api
from lanner_apiserver.errors import ApiError
from lanner_engine.bundle.index import Index
from lanner_operator.bundle import stored as reading
from lanner_operator.bundle import writing as writings
from lanner_operator.bundle.writing import Author, Writing

ATTEMPTS: Final = 5


async def publish(api: Api, writing: Writing, author: Author) -> Index:
    """The index that is in force afterwards. Raises ApiError."""
    for spoiled in writing.spoiled:
        await _delete(api, author, spoiled.name)
    for shard in writing.shards:
        await _create_shard(api, shard, author)
    if writing.index is not None:
        writing = await _switch(api, writing, author)
    return writing.wanted


async def delete(api: Api, names: Iterable[str], author: Author) -> None:
    """Shards that are not needed. Raises ApiError."""
    for name in names:
        await _delete(api, author, name)


async def _create_shard(api: Api, shard: dict[str, Any], author: Author) -> None:
    """One of this name that the watch does not show yet, or never will, is kept if it is the same."""
    maps, name = author.installation.config_maps, shard["metadata"]["name"]
    try:
        await api.request("POST", maps, body=shard)
    except ApiError as error:
        if not error.conflict:
            raise
        there = await _found(api, f"{maps}/{name}")
        if there is not None and not _differs(there, shard):
            return
        await _delete(api, author, name)
        await api.request("POST", maps, body=shard)


def _differs(there: dict[str, Any], shard: dict[str, Any]) -> bool:
    content = any(there.get(key) != shard.get(key) for key in ("data", "binaryData", "immutable"))
    return content or there["metadata"].get("labels") != shard["metadata"]["labels"]


async def _switch(api: Api, writing: Writing, author: Author) -> Writing:
    """One change of one object, on the version that was looked at, with a number above that one's."""
    maps = author.installation.config_maps
    path = f"{maps}/{author.installation.index}"
    for attempt in range(ATTEMPTS):
        there = await _found(api, path)
        writing = _above(writing, there, author)
        if writing.index is None:
            break
        try:
            if there is None:
                await api.request("POST", maps, body=writing.index)
            else:
                await api.request("PATCH", path, body=_patch(writing.index, there), content_type=MERGE)
            break
        except ApiError as error:
            if not error.conflict or attempt == ATTEMPTS - 1:
                raise
    return writing


async def _found(api: Api, path: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = await api.request("GET", path)
    except ApiError as error:
        if error.not_found:
            return None
        raise
    return found


def _above(writing: Writing, there: dict[str, Any] | None, author: Author) -> Writing:
    """The index numbered above what is there; nothing to write when that is as good already."""
    found = reading.read([there], author.installation).index if there else None
    if there is None or found is None:
        return writing
    if writings.says_the_same(found, writing.wanted) and writings.labelled(there, author):
        return replace(writing, wanted=found, index=None)
    if found.revision < writing.wanted.revision or found == writing.wanted:
        return writing
    return writings.numbered(writing, found.revision + 1, author)


def _patch(index: dict[str, Any], there: dict[str, Any]) -> dict[str, Any]:
    """Replaces all data; the resourceVersion makes the server refuse it when another writer was quicker."""
    gone = dict.fromkeys(there.get("data") or (), None)
    meta = {**index["metadata"], "resourceVersion": there["metadata"]["resourceVersion"]}
    return {"metadata": meta, "data": {**gone, **index["data"]}, "binaryData": None}


async def _delete(api: Api, author: Author, name: str) -> None:
    try:
        await api.request("DELETE", f"{author.installation.config_maps}/{name}")
    except ApiError as error:
        if not error.not_found:
            raise
