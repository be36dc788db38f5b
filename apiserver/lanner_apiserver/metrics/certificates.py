# SPDX-License-Identifier: Apache-2.0
"""A folder with a certificate, its key, and perhaps the authority of clients -> what TLS needs."""

from __future__ import annotations

import pathlib
import ssl

from lanner_apiserver.metrics.place import CERTIFICATE, CLIENTS, KEY

Files = tuple[tuple[int, int] | None, ...]


class Certificates:
    """Read from the folder, and all of it again when a file changed. Raises OSError."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._seen = self._written()
        self.context = self._read()

    def changed(self) -> bool:
        """Whether `context` is another one than before. What cannot be read leaves it, and is read again."""
        written = self._written()
        if written == self._seen:
            return False
        self.context = self._read()
        self._seen = written
        return True

    def _read(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._folder / CERTIFICATE, self._folder / KEY)
        clients = self._folder / CLIENTS
        if clients.exists():
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients)
        return context

    def _written(self) -> Files:
        needed = [_stamp(self._folder / name) for name in (CERTIFICATE, KEY)]
        clients = self._folder / CLIENTS
        return (*needed, _stamp(clients) if clients.exists() else None)


def _stamp(file: pathlib.Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_ino, found.st_mtime_ns
