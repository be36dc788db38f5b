# SPDX-License-Identifier: Apache-2.0
"""Who asked the API server for what: its audit log, one line a request, without bodies.

For tests that count requests: what a part asks for at rest, whether it writes when nothing changed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

# A watch has two lines, one when it begins and one when it ends; every other request one, when it ends.
POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata"}],
}
WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})


@dataclass(frozen=True, slots=True)
class Request:
    """One request; "" for what it does not have."""

    when: datetime  # as the request came in, UTC
    user: str
    verb: str
    resource: str  # with its subresource: pods/status
    namespace: str
    name: str
    code: int
    agent: str  # the User-Agent header

    @property
    def writes(self) -> bool:
        return self.verb in WRITES


class Audit:
    """The log of one API server."""

    def __init__(self, log: Path) -> None:
        self.log = log

    def requests(self, user: str | None = None, since: datetime | None = None) -> list[Request]:
        """In order of their ends; of one user only, and from a moment on, where asked."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        found = [_request(json.loads(line)) for line in lines]
        return [
            request
            for request in found
            if (user is None or request.user == user) and (since is None or request.when >= since)
        ]


def _request(line: dict[str, Any]) -> Request:
    about = line.get("objectRef", {})
    resource = "/".join(part for part in (about.get("resource"), about.get("subresource")) if part)
    return Request(
        when=datetime.fromisoformat(line["requestReceivedTimestamp"]),
        user=line["user"].get("username", ""),
        verb=line["verb"],
        resource=resource or line["requestURI"],
        namespace=about.get("namespace", ""),
        name=about.get("name", ""),
        code=line.get("responseStatus", {}).get("code", 0),
        agent=line.get("userAgent", ""),
    )
