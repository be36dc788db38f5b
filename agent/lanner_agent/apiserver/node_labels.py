# SPDX-License-Identifier: Apache-2.0
"""The labels of this agent's node, for rules with a nodeSelector: asked when there are such rules, not
before.

Its own node only, by its name; all nodes of a cluster asking at once are answered from the API server's
cache.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

from lanner_agent.apiserver.complaints import Complaint
from lanner_apiserver.client import Api
from lanner_apiserver.errors import ApiError

Labels = Mapping[bytes, bytes]
_METADATA: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_ANY_VERSION: Final = {"resourceVersion": "0"}


class NodeLabels:
    """`known` is None until the API server has answered once."""

    def __init__(self, api: Api, node: str, say: Callable[[str], None]) -> None:
        self.known: Labels | None = None
        self._api = api
        self._path = f"/api/v1/nodes/{quote(node, safe='')}"
        what = "cannot read this node's labels, rules with a nodeSelector go on as before"
        self._complaint = Complaint(what, "get on nodes", say)

    async def ask(self) -> Labels | None:
        """What is known afterwards; who does not answer takes nothing away."""
        try:
            node = await self._api.request("GET", self._path, query=_ANY_VERSION, accept=_METADATA)
        except ApiError as error:
            self._complaint.hear(error)
            return self.known
        self._complaint.hear(None)
        labels = node["metadata"].get("labels") or {}
        self.known = {str(key).encode(): str(value).encode() for key, value in labels.items()}
        return self.known
