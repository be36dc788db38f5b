# SPDX-License-Identifier: Apache-2.0
"""A strict HTTP server for what outputs post, over TLS with client certificates if a folder of them is given.

It takes what a receiver made for Falco takes and refuses everything else; what it answers can be set for the
next requests.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650")


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes
    peer: tuple[str, int]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang_up: bool = False  # instead of an answer


class Receiver:
    """Listens until `close`. `check` says what is wrong with a request, as the words of an answer 400."""

    def __init__(
        self, pki: Path | None = None, port: int = 0, check: Callable[[Request], str] = lambda _: ""
    ) -> None:
        self.requests: list[Request] = []
        self.answers: deque[Answer] = deque()
        self.check = check
        self._server = _Server(("127.0.0.1", port), _handler(self))
        if pki is not None:
            trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(pki / "ca.crt"))
            trust.load_cert_chain(pki / "server.crt", pki / "server.key")
            trust.verify_mode = ssl.CERT_REQUIRED
            self._server.trust = trust
        self.port = self._server.server_address[1]
        self.url = f"{'http' if pki is None else 'https'}://localhost:{self.port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """And every connection."""
        self._server.shutdown()
        self._server.end()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    trust: ssl.SSLContext | None = None

    def __init__(self, *arguments: Any) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(*arguments)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the connection's own thread: the handshake too."""
        if self.trust is not None:
            try:
                request = self.trust.wrap_socket(request, server_side=True)
            except OSError:
                return
        self.open.add(request)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections that a test breaks."""

    def end(self) -> None:
        self.server_close()
        for one in self.open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20
        disable_nagle_algorithm = True  # as servers do: an answer does not wait for word of the one before

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = Request(self.path, dict(self.headers.items()), body, self.client_address)
            wrong = receiver.check(request)
            answer = receiver.answers.popleft() if receiver.answers else Answer()
            if answer.hang_up:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            if wrong:
                answer = Answer(400, body=wrong.encode())
            receiver.requests.append(request)
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: Any) -> None:
            """Tests say what came."""

    return Handler


def certificates(folder: Path) -> Path:
    """An authority, a server's certificate for localhost and a client's; `other.crt` signed none."""
    for name in ("ca", "other"):
        openssl(folder, *_EC, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt")
    for name, extension in (
        ("server", "subjectAltName=DNS:localhost"),
        ("client", "keyUsage=digitalSignature"),
    ):
        openssl(
            folder,
            *(*_EC, "-subj", f"/CN={name}", "-CA", "ca.crt", "-CAkey", "ca.key", "-addext", extension),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
            *("-keyout", f"{name}.key", "-out", f"{name}.crt"),
        )
    return folder


def openssl(folder: Path, *words: str) -> None:
    done = subprocess.run(
        ["openssl", "req", "-x509", *words], cwd=folder, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
