# SPDX-License-Identifier: Apache-2.0
"""Reports at the API server: which there are, what they say, one more, one less. All have one name, so that a
role can name it.

Where OpenReports is not installed there are none, and that is no error.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_operator.installation import Installation
from lanner_operator.reports import written
from lanner_operator.status import reported

ROOT: Final = f"/apis/{written.API_VERSION}"
MANAGER: Final = "lanner-operator"
PAGE: Final = "20"  # whole Reports; each is bounded, but people may have changed it
NAMES: Final = "500"
_APPLY: Final = "application/apply-patch+yaml"
_NAMES_ONLY: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_TERMINATING: Final = "being terminated"


@dataclass(frozen=True, slots=True)
class Seen:
    """A Report that is there. `ours`: it says so itself."""

    uid: str
    version: str
    ours: bool


class Reports:
    """By namespace; "" is the ClusterReport. All raise ApiError."""

    def __init__(self, api: Api, installation: Installation) -> None:
        self._api = api
        self._installation = installation

    async def there(self) -> dict[str, Seen] | None:
        """None where the kinds are not known."""
        found: dict[str, Seen] = {}
        try:
            for kind in ("reports", "clusterreports"):
                async for one in self._pages(kind, NAMES, _NAMES_ONLY):
                    found[_namespace(one)] = _seen(one)
        except ApiError as error:
            if error.not_found:
                return None
            raise
        return found

    async def whole(self) -> AsyncIterator[Mapping[str, Any]]:
        """Each as it stands there."""
        for kind in ("reports", "clusterreports"):
            async for one in self._pages(kind, PAGE):
                yield one

    async def apply(self, namespace: str, body: Mapping[str, Any], *, ours: bool) -> Seen:
        """Made, or made so again. `body` is the whole of what is ours. Where none of ours was seen, what
        another program made meanwhile is a conflict.
        """
        query = {"fieldManager": MANAGER, "force": "true" if ours else "false"}
        path = self._path(namespace)
        return _seen(await self._api.request("PATCH", path, body=body, query=query, content_type=_APPLY))

    async def delete(self, namespace: str, uid: str) -> None:
        """Nothing happens where it is gone, or another one."""
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
        try:
            await self._api.request("DELETE", self._path(namespace), body=body)
        except ApiError as error:
            if not (error.not_found or error.conflict):
                raise

    async def made(self, namespace: str) -> int | None:
        """When the namespace was, in seconds since the epoch; None where there is none, or it ends."""
        try:
            found = await self._api.request("GET", f"/api/v1/namespaces/{namespace}")
        except ApiError as error:
            if error.not_found:
                return None
            raise
        meta = found["metadata"]
        return None if meta.get("deletionTimestamp") else reported.seconds(meta["creationTimestamp"])

    async def owner(self) -> dict[str, str] | None:
        """The ClusterRole that allows all this: what is written goes with it. None where it is not read."""
        role = self._installation.reports_role
        try:
            found = await self._api.request("GET", f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{role}")
        except ApiError as error:
            if error.temporary:
                raise
            return None
        api_version = "rbac.authorization.k8s.io/v1"
        return {
            "apiVersion": api_version,
            "kind": "ClusterRole",
            "name": role,
            "uid": str(found["metadata"]["uid"]),
        }

    async def _pages(self, kind: str, limit: str, accept: str = "") -> AsyncIterator[Mapping[str, Any]]:
        query = {"limit": limit, "fieldSelector": f"metadata.name={self._installation.name}"}
        form = {"accept": accept} if accept else {}
        going_on = ""
        while True:
            asked = {**query, "continue": going_on} if going_on else query
            page = await self._api.request("GET", f"{ROOT}/{kind}", query=asked, timeout_s=30.0, **form)
            for one in page.get("items") or ():
                yield one
            going_on = (page.get("metadata") or {}).get("continue") or ""
            if not going_on:
                return

    def _path(self, namespace: str) -> str:
        name = self._installation.name
        if not namespace:
            return f"{ROOT}/clusterreports/{name}"
        return f"{ROOT}/namespaces/{namespace}/reports/{name}"


def is_ending(error: ApiError) -> bool:
    """Whether what was to be written has no namespace to be in."""
    gone = error.not_found and not error.missing_kind
    return gone or (error.forbidden and _TERMINATING in error.text)


def _seen(one: Mapping[str, Any]) -> Seen:
    meta = one["metadata"]
    return Seen(str(meta["uid"]), str(meta.get("resourceVersion")), written.is_ours(one))


def _namespace(one: Mapping[str, Any]) -> str:
    return str(one["metadata"].get("namespace") or "")
