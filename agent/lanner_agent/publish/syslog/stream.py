# SPDX-License-Identifier: Apache-2.0
"""Messages over TCP, each after its length (RFC 6587, octet counting).

Syslog has no answers. What the daemon's kernel has acknowledged counts as sent; what it has not when a
connection breaks is sent again over the next one, so a message may come twice. A daemon that dies with
messages in its socket has lost them, and nobody can tell.
"""

from __future__ import annotations

import fcntl
import select
import socket
import struct
import termios
import time
from collections.abc import Sequence
from typing import Final

_FIRST_NAP_S: Final = 0.0002
_LONGEST_NAP_S: Final = 0.02


class Stream:
    """To a host and port."""

    def __init__(self, address: tuple[str, int], timeout_s: float) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None

    def send(self, messages: Sequence[bytes]) -> None:
        self.look()
        try:
            connected = self._socket or self._connect()
            connected.sendall(b"".join(b"%d %s" % (len(message), message) for message in messages))
            self._settle(connected)
        except OSError:
            self.close()
            raise

    def look(self) -> None:
        """Closes a connection that the daemon has ended."""
        if self._socket is not None and _ended(self._socket):
            self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket:
        self._socket = socket.create_connection(self._address, self._timeout_s)
        return self._socket

    def _settle(self, connected: socket.socket) -> None:
        """Until the other side has all of it."""
        until, nap = time.monotonic() + self._timeout_s, _FIRST_NAP_S
        while _unacknowledged(connected):
            if time.monotonic() > until:
                raise TimeoutError("the daemon does not take what was sent")
            time.sleep(nap)
            nap = min(2 * nap, _LONGEST_NAP_S)
        if _ended(connected):
            raise ConnectionResetError("the daemon ended the connection")


def _unacknowledged(connected: socket.socket) -> int:
    (number,) = struct.unpack("i", fcntl.ioctl(connected, termios.TIOCOUTQ, bytes(4)))
    return int(number)


def _ended(connected: socket.socket) -> bool:
    """A socket with a timeout waits for it even where recv is told not to; so poll is asked first."""
    poll = select.poll()
    poll.register(connected, select.POLLIN)
    try:
        return bool(poll.poll(0)) and not connected.recv(1, socket.MSG_PEEK)
    except OSError:
        return True
