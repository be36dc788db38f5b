# SPDX-License-Identifier: Apache-2.0
"""One HTTP server: bodies in, answers out, over a connection that is kept.

http.client and not aiohttp: an output sends in order, from a thread of its own, so an event loop has nothing
to do here; and `lanner run` need not import one. Redirects are not followed, proxies not asked.

Several requests may be on their way at once (pipelining, RFC 9112 section 9.3.2): the server answers in
their order. Each pair of system calls gives the interpreter away to the threads of other outputs, and to get
it back may take 5 ms, so one pair serves as many requests as it can.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from lanner_agent.publish.sending import certificates
from lanner_agent.publish.sending.answers import Answer, Answers
from lanner_agent.publish.sending.carrier import LaterError
from lanner_agent.publish.settings import address
from lanner_agent.publish.settings.endpoint import Endpoint

HEADERS_BYTES: Final = 64 << 10
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_STALE: Final = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)


class Poster:
    """Certificates and headers are read when a connection is made, and a connection ends when one of their
    files is another: a token that a Secret renews must not be sent for as long as a connection lasts.
    """

    def __init__(self, settings: Endpoint, headers: Mapping[str, str], path: str = "/") -> None:
        """`path` is asked for where the URL has none."""
        parts = urlsplit(settings.url)
        self.target = address.shown(f"{parts.scheme}://{parts.netloc}{parts.path or path}")
        self._path = (parts.path or path) + (f"?{parts.query}" if parts.query else "")
        self._host, self._port, self._secure = parts.hostname or "", parts.port, parts.scheme == "https"
        self._settings = settings
        self._own = {"Host": parts.netloc, "Accept-Encoding": "identity", **headers}
        self._head = b""
        self._read: certificates.Files = ()  # as they were when they were read
        self._connection: http.client.HTTPConnection | None = None
        self._answers: Answers | None = None

    def post(self, body: bytes) -> Answer:
        """Raises LaterError or OSError without an answer."""
        answers: list[Answer] = []
        self.post_all((body,), answers)
        return answers[0]

    def post_all(self, bodies: Sequence[bytes], answers: list[Answer]) -> None:
        """All at once; what is answered goes to `answers`, in order. Raises LaterError or OSError when one of
        them has no answer.
        """
        if self._connection is not None and self._read != self._files():
            self.close()
        before = len(answers)
        try:
            while left := bodies[len(answers) - before :]:
                self._round(left, answers)
        except http.client.HTTPException as error:
            self.close()
            raise LaterError(f"the server answers no HTTP: {type(error).__name__}") from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._answers is not None:
            self._answers.close()
        if self._connection is not None:
            self._connection.close()
        self._connection = self._answers = None

    def _round(self, bodies: Sequence[bytes], answers: list[Answer]) -> None:
        """On one connection, as far as it lasts: one that was at rest may have ended."""
        kept, before = self._connection is not None, len(answers)
        try:
            self._try(bodies, answers)
        except _STALE:
            self.close()
            if not kept and len(answers) == before:
                raise

    def _try(self, bodies: Sequence[bytes], answers: list[Answer]) -> None:
        connection = self._connection or self._connect()
        coming = self._answers = self._answers or Answers(connection.sock)
        connection.sock.sendall(b"".join(b"%s%d\r\n\r\n%s" % (self._head, len(one), one) for one in bodies))
        for _ in bodies:
            answers.append(answer := coming.next())
            if answer.last:
                self.close()
                return

    def _connect(self) -> http.client.HTTPConnection:
        self._read = self._files()
        self._head = self._made_head()
        timeout = self._settings.timeout_s
        if self._secure:
            trust = certificates.trust(self._settings)
            made: http.client.HTTPConnection = http.client.HTTPSConnection(
                self._host, self._port, timeout=timeout, context=trust
            )
        else:
            made = http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        with certificates.verifying():
            made.connect()
        self._connection = made
        return made

    def _made_head(self) -> bytes:
        """Of every request, up to its length."""
        named = [*self._own.items(), *_headers(self._settings.headers_file).items()]
        found = {name.lower(): (name, value) for name, value in named}
        found.pop("content-length", None)
        lines = [f"POST {self._path} HTTP/1.1", *(f"{name}: {value}" for name, value in found.values())]
        return "\r\n".join([*lines, "Content-Length: "]).encode()

    def _files(self) -> certificates.Files:
        return certificates.files(self._settings.headers_file, *certificates.named(self._settings))


def _headers(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            text = file.read(HEADERS_BYTES).decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise LaterError(f"cannot read {path}: {getattr(error, 'strerror', '') or 'not ASCII'}") from error
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            name, colon, value = line.partition(":")
            if not colon or not _NAME.fullmatch(name.strip()):
                raise LaterError(f"{path}:{number}: no header; `Name: value` is one")
            found[name.strip()] = value.strip()
    return found
