# SPDX-License-Identifier: Apache-2.0
"""Messages over TCP, each after its length (RFC 6587, octet counting), or the same over TLS (RFC 5425).

Syslog has no answers. What the daemon's kernel has acknowledged counts as sent; what it has not when a
connection breaks is sent again over the next one, so a message may come twice. A daemon that dies with
messages in its socket has lost them, and does not tell.
"""

from __future__ import annotations

import fcntl
import select
import socket
import ssl
import struct
import termios
import time
from collections.abc import Sequence
from typing import Final

from lanner_agent.publish.sending import certificates
from lanner_agent.publish.settings.certificates import Certificates

_FIRST_NAP_S: Final = 0.0002
_LONGEST_NAP_S: Final = 0.02
# Its handshake is over for us before the daemon has looked at our certificate: messages to one that refuses
# it would be lost, so what it says then is waited for. In earlier versions its word ends the handshake.
_JUDGES_LATER: Final = "TLSv1.3"
_JUDGED_S: Final = 1.0


class Stream:
    """To a host and port; over TLS where there are settings for it. A connection ends when one of their files
    is another.
    """

    def __init__(
        self, address: tuple[str, int], timeout_s: float, secure: Certificates | None = None
    ) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._secure = secure
        self._read: certificates.Files = ()  # as they were when they were read
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
        """Closes a connection that the daemon has ended, or whose certificates are of before."""
        if self._socket is not None and (_ended(self._socket) or self._read != self._files()):
            self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket:
        self._read = self._files()
        made = socket.create_connection(self._address, self._timeout_s)
        try:
            self._socket = made if self._secure is None else self._proven(made, self._secure)
        except BaseException:
            made.close()
            raise
        if isinstance(self._socket, ssl.SSLSocket):
            _judge(self._socket)
        return self._socket

    def _proven(self, made: socket.socket, settings: Certificates) -> ssl.SSLSocket:
        with certificates.verifying():
            return certificates.trust(settings).wrap_socket(made, server_hostname=self._address[0])

    def _files(self) -> certificates.Files:
        return () if self._secure is None else certificates.files(*certificates.named(self._secure))

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


def _judge(connected: ssl.SSLSocket) -> None:
    if connected.version() == _JUDGES_LATER and _readable(connected, _JUDGED_S) and not _peek(connected):
        raise ConnectionResetError("the daemon ended the connection")


def _unacknowledged(connected: socket.socket) -> int:
    (number,) = struct.unpack("i", fcntl.ioctl(connected, termios.TIOCOUTQ, bytes(4)))
    return int(number)


def _ended(connected: socket.socket) -> bool:
    """A socket with a timeout waits for it even where recv is told not to; so poll is asked first."""
    try:
        return _readable(connected, 0) and not _peek(connected)
    except OSError:
        return True


def _readable(connected: socket.socket, timeout_s: float) -> bool:
    poll = select.poll()
    poll.register(connected, select.POLLIN)
    return bool(poll.poll(timeout_s * 1000))


def _peek(connected: socket.socket) -> bytes:
    """Something of what came. A daemon sends no messages: of TLS that is what the protocol itself has to say,
    such as tickets for sessions, which reading takes in.
    """
    if not isinstance(connected, ssl.SSLSocket):
        return connected.recv(1, socket.MSG_PEEK)
    timeout = connected.gettimeout()
    connected.setblocking(False)
    try:
        return connected.recv(1)
    except ssl.SSLWantReadError:
        return b"nothing yet"
    finally:
        connected.settimeout(timeout)
