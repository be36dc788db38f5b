# SPDX-License-Identifier: Apache-2.0
"""Questions to the API server with the user's own rights, bounded; and its refusals as words that help."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from lanner_agent.cli.kubectl.resource import Resource
from lanner_agent.cli.kubectl.target import Target
from lanner_apiserver import connection
from lanner_apiserver.client import Api
from lanner_apiserver.errors import UNAUTHORIZED, ApiError, Unreachable
from lanner_engine.resources.rule_object import GROUP
from lanner_engine.source import LannerError

MOST: Final = 10_000  # objects of one list
PAGE: Final = 500
PATIENCE_S: Final = 30.0
Object = dict[str, Any]
Value = TypeVar("Value")


class ClusterError(LannerError):
    """The cluster does not answer, or not to this user. `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(slots=True)
class Asker:
    """`namespace` None: all. `notes` is what the answers lack, in words, for the user."""

    api: Api
    namespace: str | None
    notes: list[str] = field(default_factory=list)

    async def one(self, resource: Resource, name: str, namespace: str | None = None) -> Object | None:
        """None where there is none. Raises ClusterError."""
        try:
            found = await self.api.request("GET", resource.path(namespace, name), timeout_s=PATIENCE_S)
        except ApiError as error:
            if error.not_found and not error.missing_kind:
                return None
            raise explained(error, "get", resource, namespace) from error
        return found if isinstance(found, dict) else None

    async def listed(
        self, resource: Resource, namespace: str | None = None, query: Mapping[str, str] | None = None
    ) -> list[Object]:
        """The first MOST. Raises ClusterError."""
        try:
            items, _, more = await self.page_by_page(resource, namespace, query or {})
        except ApiError as error:
            raise explained(error, "list", resource, namespace) from error
        if more:
            self.notes.append(f"there are more than {MOST:,} {resource.qualified}: the others are left out")
        return items

    async def listed_if_allowed(
        self, resource: Resource, namespace: str | None, lost: str, query: Mapping[str, str] | None = None
    ) -> list[Object] | None:
        """None, and a note that `lost` is not known, for who may not read them."""
        try:
            return await self.listed(resource, namespace, query)
        except ClusterError as error:
            if not isinstance(error.__cause__, ApiError) or not error.__cause__.forbidden:
                raise
            self.notes.append(f"{lost}: you may not list {resource.qualified}{_within(namespace)}")
            return None

    async def page_by_page(
        self, resource: Resource, namespace: str | None, query: Mapping[str, str]
    ) -> tuple[list[Object], str, bool]:
        """The first MOST, the version of the list, and whether there are more. Raises ApiError."""
        items: list[Object] = []
        asked = {**query, "limit": str(PAGE)}
        while True:
            page = await self.api.request("GET", resource.path(namespace), query=asked, timeout_s=PATIENCE_S)
            page = page if isinstance(page, dict) else {}
            items += (item for item in page.get("items") or () if isinstance(item, dict))
            meta = page.get("metadata") or {}
            version, more = str(meta.get("resourceVersion", "")), str(meta.get("continue") or "")
            if not more or len(items) >= MOST:
                return items[:MOST], version, bool(more) or len(items) > MOST
            asked["continue"] = more


def asked(target: Target, work: Callable[[Asker], Awaitable[Value]]) -> Value:
    """What `work` makes of it. Raises ClusterError."""
    return asyncio.run(_asked(target, work))


async def _asked(target: Target, work: Callable[[Asker], Awaitable[Value]]) -> Value:
    try:
        server = await connection.server(target.kubeconfig, target.context)
        api = Api(server, "kubectl-lanner")
    except Unreachable as error:
        raise _unreachable(error) from error
    try:
        return await work(Asker(api, None if target.everywhere else target.namespace or server.namespace))
    finally:
        await api.close()


def explained(error: ApiError, verb: str, resource: Resource, namespace: str | None) -> ClusterError:
    """What the server said, in words for who asked, with what to do."""
    if isinstance(error, Unreachable):
        return _unreachable(error)
    if error.status == UNAUTHORIZED:
        return ClusterError(
            "the cluster does not know you: it refuses the kubeconfig's credentials",
            "kubectl auth whoami; log in anew, or choose another --context",
        )
    if error.forbidden:
        where = _within(namespace)
        return ClusterError(
            f"you may not {verb} {resource.qualified}{where}", _right(resource, verb, namespace)
        )
    if error.missing_kind and resource.group == GROUP:
        return ClusterError(
            f"Lanner is not installed in this cluster: it has no {resource.qualified}",
            "helm install lanner charts/lanner -n lanner --create-namespace, or choose another --context",
        )
    return ClusterError(f"cannot {verb} {resource.qualified}: {error.message}", "")


def _unreachable(error: Unreachable) -> ClusterError:
    return ClusterError(
        f"cannot reach the cluster: {error.message}",
        "kubectl cluster-info; --kubeconfig and --context choose another",
    )


def _right(resource: Resource, verb: str, namespace: str | None) -> str:
    """Who can give it, and how."""
    what = f"kubectl auth can-i {verb} {resource.qualified}" + (f" -n {namespace}" if namespace else " -A")
    if verb == "create":
        role = "edit in the namespace" if namespace else "of a cluster administrator"
        other = "" if namespace else "; with --kind FalcoRule rules are tried in one namespace"
        return f"ask for the role {role}{other}; to see what you may: {what}"
    if namespace:
        return f"ask for the role view in the namespace; to see what you may: {what}"
    other = "; -n names one namespace" if resource.plural in ("events", "falcorules") else ""
    return f"ask for the role view in the whole cluster{other}; to see what you may: {what}"


def _within(namespace: str | None) -> str:
    return f" in namespace {namespace}" if namespace else " in the whole cluster"
