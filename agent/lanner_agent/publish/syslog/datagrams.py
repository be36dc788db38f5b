# SPDX-License-Identifier: Apache-2.0
"""Messages as datagrams: over UDP, or to a unix socket.

UDP tells nothing of a datagram that is lost on its way; a missing listener is told by the next one.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence

from lanner_agent.publish.sending.carrier import LaterError

Address = tuple[str, int] | str


class Datagrams:
    """`address`: host and port, or a path."""

    def __init__(self, address: Address, timeout_s: float) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None

    def send(self, messages: Sequence[bytes]) -> None:
        sent = 0
        try:
            connected = self._socket or self._connect()
            for message in messages:
                connected.send(message)
                sent += 1
        except ConnectionRefusedError as error:  # of the datagram before
            self.close()
            raise LaterError("no program listens", sent=max(0, sent - 1)) from error
        except OSError as error:
            self.close()
            raise LaterError(error.strerror or str(error), sent=sent) from error

    def look(self) -> None:
        """What was refused is told by the next send."""

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket:
        if isinstance(self._address, str):
            made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            to: object = self._address
        else:
            found = socket.getaddrinfo(*self._address, type=socket.SOCK_DGRAM)
            family, kind, protocol, _, to = found[0]
            made = socket.socket(family, kind, protocol)
        made.settimeout(self._timeout_s)  # a daemon that does not read its socket makes a writer wait
        try:
            made.connect(to)  # type: ignore[arg-type]
        except OSError:
            made.close()
            raise
        self._socket = made
        return made
