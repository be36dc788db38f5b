# SPDX-License-Identifier: Apache-2.0
"""What answers behind a forwarded port chooses no text of a terminal and no address of a browser."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast

import pytest

from lanner_agent.cli.kubectl import forwarding
from lanner_agent.cli.kubectl.asking import ClusterError


@contextlib.contextmanager
def answering(body: bytes) -> Iterator[forwarding.Local]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield forwarding.Local(server.server_port, cast("Any", None))
        thread.join()


def test_a_ticket_is_taken() -> None:
    with answering(b'{"ticket": "aB_-9"}') as local:
        assert forwarding.entered(local, "t").endswith("/enter?token=aB_-9")


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"[]", b'{"ticket": 1}', b'{"ticket": "a\\u001b[2J"}', b'{"ticket": "a b"}', b"[" * 9999],
)
def test_what_is_no_ticket_is_refused(body: bytes) -> None:
    with answering(body) as local, pytest.raises(ClusterError, match="no page of Lanner"):
        forwarding.entered(local, "t")
