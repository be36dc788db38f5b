# SPDX-License-Identifier: Apache-2.0
"""Who looks at the page over HTTP, as a browser does that holds its cookie."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Visitor:
    """`port` is the page's, on this machine."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        """Status and text; 0 when no server answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, headers={"Cookie": self.cookie, **named})
            answer = connection.getresponse()
            if set_cookie := answer.headers["Set-Cookie"]:
                self.cookie = set_cookie.partition(";")[0]
                assert "HttpOnly" in set_cookie
                assert "SameSite=Strict" in set_cookie
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def ticket(self, token: str) -> tuple[int, str]:
        """What a token of the cluster is answered; the ticket where it is one."""
        status, text = self.get("/ticket", "POST", Authorization=f"Bearer {token}")
        return status, json.loads(text)["ticket"] if status == 200 else text

    def enter(self, ticket: str) -> int:
        return self.get(f"/enter?token={ticket}")[0]

    def alerts(self, query: str = "") -> dict[str, Any]:
        """What the page knows of alerts, as its script reads it."""
        status, text = self.get(f"/alerts.json{query}")
        assert status == 200, text
        return dict(json.loads(text))

    @contextmanager
    def live(self) -> Iterator[Iterator[Any]]:
        """What comes, as long as the block runs: each event's data."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", "/live", headers={"Cookie": self.cookie})
            answer = connection.getresponse()
            assert answer.status == 200
            yield (
                json.loads(line.removeprefix(b"data: "))
                for line in iter(answer.readline, b"")
                if line.startswith((b"data: {", b"data: ["))
            )
        finally:
            connection.close()
