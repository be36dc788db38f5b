# SPDX-License-Identifier: Apache-2.0
"""The API server for who writes: a request that changes something is sent only while this operator holds the
Lease, and is given up before another one can.

The time that a request may take ends with the term. So does that of one that waits for a connection while the
process is stopped: on waking, its time is over before anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lanner_apiserver.client import JSON, Api
from lanner_apiserver.errors import ApiError
from lanner_operator.election.election import Election


class NotLeadingError(ApiError):
    """Another operator may hold the Lease: nothing was sent."""

    def __init__(self, path: str) -> None:
        super().__init__(0, "NotLeading", "this operator does not hold the Lease any more", None, path)


class Fenced(Api):
    """Asks with connections of its own, so that no renewal waits behind what is written; counts what `api`
    counts.
    """

    def __init__(self, api: Api, election: Election) -> None:
        super().__init__(api.server, api.agent)
        self.answers = api.answers
        self._election = election

    async def request(  # noqa: PLR0913  as the Api's
        self,
        method: str,
        path: str,
        *,
        body: object | None = None,
        query: Mapping[str, str] | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        timeout_s: float = 10.0,
    ) -> Any:
        """See Api. Raises NotLeadingError for what would write too late."""
        if method != "GET":
            timeout_s = min(timeout_s, self._election.left_s)
            if timeout_s <= 0:
                raise NotLeadingError(path)
        return await super().request(
            method,
            path,
            body=body,
            query=query,
            content_type=content_type,
            accept=accept,
            timeout_s=timeout_s,
        )
