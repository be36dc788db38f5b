# SPDX-License-Identifier: Apache-2.0
"""Status patches and deletions -> the API server, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

from lanner_apiserver.client import MERGE, Api
from lanner_apiserver.errors import ApiError
from lanner_engine.resources.rule_object import RuleObject
from lanner_operator import installation
from lanner_operator.status.node import Node

AT_ONCE: Final = 8


async def send(
    api: Api,
    patches: Iterable[tuple[RuleObject, Mapping[str, Any]]],
    gone: Iterable[Node] = (),
    silent: Iterable[tuple[Node, Mapping[str, Any]]] = (),
) -> None:
    """Patches of the statuses of rules and of silent nodes, and deletions of FalcoNodes whose nodes are gone.

    Raises the first ApiError when all were tried. An object that is gone meanwhile is no error.
    """
    room = asyncio.Semaphore(AT_ONCE)
    statuses = [(path(one), body) for one, body in patches]
    statuses += [(f"{installation.NODES}/{node.name}", body) for node, body in silent]
    work = [_patch(api, where, body, room) for where, body in statuses]
    work += [_delete(api, node, room) for node in gone]
    problems = await asyncio.gather(*work)
    for problem in problems:
        if problem is not None:
            raise problem


async def _patch(api: Api, where: str, body: Mapping[str, Any], room: asyncio.Semaphore) -> ApiError | None:
    async with room:
        return await _tried(api, "PATCH", f"{where}/status", body)


async def _delete(api: Api, node: Node, room: asyncio.Semaphore) -> ApiError | None:
    body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": node.uid}}
    async with room:
        return await _tried(api, "DELETE", f"{installation.NODES}/{node.name}", body)


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
