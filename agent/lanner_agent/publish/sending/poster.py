# SPDX-License-Identifier: Apache-2.0
"""One HTTP server: bodies in, answers out, over a connection that is kept.

http.client and not aiohttp: an output sends in order, one request after the other, from a thread of its own,
so an event loop has nothing to do here; and `lanner run` need not import one. Redirects are not followed,
proxies not asked.
"""

from __future__ import annotations

import http.client
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from lanner_agent.publish.sending import retry_after
from lanner_agent.publish.sending.carrier import LaterError
from lanner_agent.publish.settings import address
from lanner_agent.publish.settings.endpoint import Endpoint

ANSWER_BYTES: Final = 64 << 10
HEADERS_BYTES: Final = 64 << 10
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_Files = tuple[tuple[int, int, int] | None, ...]
_STALE: Final = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)


@dataclass(frozen=True, slots=True)
class Answer:
    """`after`: seconds that the server asks to wait for."""

    status: int
    reason: str
    after: float | None
    body: bytes

    @property
    def words(self) -> str:
        """For people."""
        said = self.body[:200].decode("utf-8", "replace").strip()
        return f"the server answers {self.status} {self.reason}" + (f": {said}" if said else "")


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
        self._own = headers
        self._headers: dict[str, str] = {}
        self._read: _Files = ()  # as they were when they were read
        self._connection: http.client.HTTPConnection | None = None

    def post(self, body: bytes) -> Answer:
        """Raises LaterError or OSError without an answer."""
        if self._connection is not None and self._read != _files(self._settings):
            self.close()
        kept = self._connection is not None
        try:
            return self._try(body)
        except _STALE:
            self.close()
            if not kept:
                raise
        except http.client.HTTPException as error:
            self.close()
            raise LaterError(f"the server answers no HTTP: {type(error).__name__}") from error
        except BaseException:
            self.close()
            raise
        return self.post(body)  # the server ended a connection at rest; it is made anew, once

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _try(self, body: bytes) -> Answer:
        connection = self._connection or self._connect()
        connection.request("POST", self._path, body, self._headers)
        response = connection.getresponse()
        content = response.read(ANSWER_BYTES)
        after = retry_after.seconds(response.getheader("Retry-After"))
        if not response.isclosed() or response.will_close:  # more than anybody reads
            self.close()
        return Answer(response.status, response.reason, after, content)

    def _connect(self) -> http.client.HTTPConnection:
        self._read = _files(self._settings)
        self._headers = {**self._own, **_headers(self._settings.headers_file)}
        timeout = self._settings.timeout_s
        if self._secure:
            trust = _trust(self._settings)
            made: http.client.HTTPConnection = http.client.HTTPSConnection(
                self._host, self._port, timeout=timeout, context=trust
            )
        else:
            made = http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        try:
            made.connect()
        except ssl.SSLCertVerificationError as error:
            raise LaterError(f"certificate verify failed: {error.verify_message}") from error
        self._connection = made
        return made


def _files(settings: Endpoint) -> _Files:
    """Which files the settings name, now."""
    named = (settings.headers_file, settings.ca_file, settings.certificate_file, settings.key_file)
    return tuple(_which(path) for path in named if path)


def _which(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns


def _trust(settings: Endpoint) -> ssl.SSLContext:
    try:
        made = ssl.create_default_context(cafile=settings.ca_file)
        made.verify_flags &= ~ssl.VERIFY_X509_STRICT  # as clusters' own authorities are made
    except OSError as error:
        raise LaterError(f"cannot read {settings.ca_file}: {error.strerror or error}") from error
    if settings.certificate_file:
        try:
            # a password would be asked for on the terminal
            made.load_cert_chain(settings.certificate_file, settings.key_file, password="")
        except (OSError, ValueError) as error:
            files = f"{settings.certificate_file} and {settings.key_file or 'the key in it'}"
            raise LaterError(f"cannot use {files}: {getattr(error, 'strerror', '') or error}") from error
    return made


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
