# SPDX-License-Identifier: Apache-2.0
"""Status patches and deletions -> the API server, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, Final

from lanner_apiserver.client import MERGE, Api
from lanner_apiserver.errors import ApiError
from lanner_engine.resources.rule_object import RuleObject
from lanner_operator import installation
from lanner_operator.status.node import Node

AT_ONCE: Final = 8


async def rules(api: Api, patches: Iterable[tuple[RuleObject, Mapping[str, Any]]]) -> None:
    """Patches of their statuses. Raises the first ApiError when all were tried. An object that is gone
    meanwhile is no error.
    """
    room = asyncio.Semaphore(AT_ONCE)
    await _all(_patch(api, path(one), body, room) for one, body in patches)


async def nodes(api: Api, gone: Iterable[Node], silent: Iterable[tuple[Node, Mapping[str, Any]]]) -> None:
    """Deletions of FalcoNodes whose nodes are gone, and patches of the statuses of silent ones. Raises as
    `rules` does.
    """
    room = asyncio.Semaphore(AT_ONCE)
    await _all(
        [
            *(_patch(api, f"{installation.NODES}/{node.name}", body, room) for node, body in silent),
            *(_delete(api, node, room) for node in gone),
        ]
    )


async def delete_rule(api: Api, one: RuleObject) -> bool:
    """Whether it was still there. Raises ApiError."""
    try:
        await api.request("DELETE", path(one), body=_of_uid(one.uid))
    except ApiError as error:
        if error.not_found or error.conflict:
            return False
        raise
    return True


async def _all(work: Iterable[Coroutine[Any, Any, ApiError | None]]) -> None:
    for problem in await asyncio.gather(*work):
        if problem is not None:
            raise problem


async def _patch(api: Api, where: str, body: Mapping[str, Any], room: asyncio.Semaphore) -> ApiError | None:
    async with room:
        return await _tried(api, "PATCH", f"{where}/status", body)


async def _delete(api: Api, node: Node, room: asyncio.Semaphore) -> ApiError | None:
    async with room:
        return await _tried(api, "DELETE", f"{installation.NODES}/{node.name}", _of_uid(node.uid))


def _of_uid(uid: str) -> dict[str, Any]:
    """Not another object that has the name by now."""
    return {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}


async def _tried(api: Api, method: str, where: str, body: Mapping[str, Any]) -> ApiError | None:
    kind = MERGE if method == "PATCH" else "application/json"
    try:
        await api.request(method, where, body=body, content_type=kind)
    except ApiError as error:
        # 409: another object of this name by now, which comes round by its own watch event.
        return None if error.not_found or error.conflict else error
    return None


def path(one: RuleObject) -> str:
    """Where the object is."""
    if not one.namespace:
        return f"{installation.CLUSTER_RULES}/{one.name}"
    root, _, plural = installation.RULES.rpartition("/")
    return f"{root}/namespaces/{one.namespace}/{plural}/{one.name}"
