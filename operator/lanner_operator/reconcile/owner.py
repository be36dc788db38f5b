# SPDX-License-Identifier: Apache-2.0
"""The operator's Deployment as the owner of what it writes, so that it all goes when the chart is
uninstalled.

Outside a cluster, or where the Deployment may not be read, there is none, and nothing else changes.
"""

from __future__ import annotations

from typing import Any

from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError
from lanner_operator.installation import Installation


class Owners:
    """Asks once, and never again for an owner that was not found then."""

    def __init__(self, api: Api, installation: Installation) -> None:
        self._api = api
        self._installation = installation
        self._asked = False
        self._owner: dict[str, Any] | None = None

    async def owner(self) -> dict[str, Any] | None:
        """An ownerReference. Raises ApiError when the API server does not answer."""
        if not self._asked:
            self._owner = await self._read()
            self._asked = True
        return self._owner

    async def _read(self) -> dict[str, Any] | None:
        try:
            found = await self._api.request("GET", self._installation.deployment)
        except ApiError as error:
            if error.temporary:
                raise
            return None
        meta = found["metadata"]
        return {"apiVersion": "apps/v1", "kind": "Deployment", "name": meta["name"], "uid": meta["uid"]}
