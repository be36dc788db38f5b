# SPDX-License-Identifier: Apache-2.0
"""Answers of an HTTP server, one behind the other on one connection.

http.client reads them. An answer that begins like the one before, to the last byte of its head, is not parsed
again: under load a server says the same a thousand times a second.
"""

from __future__ import annotations

import http.client
import io
import socket
from dataclasses import dataclass
from typing import Final

from lanner_agent.publish.sending import retry_after

ANSWER_BYTES: Final = 64 << 10
_BUFFER: Final = 64 << 10
_END: Final = b"\r\n\r\n"
_SUCCESS: Final = b"HTTP/1.1 2"
_INTERIM: Final = 16  # answers in front of one


@dataclass(frozen=True, slots=True)
class Answer:
    """`after`: seconds that the server asks to wait for; `last`: the connection ends with it."""

    status: int
    reason: str
    after: float | None
    body: bytes
    last: bool = False

    @property
    def words(self) -> str:
        """For people."""
        said = self.body[:200].decode("utf-8", "replace").strip()
        return f"the server answers {self.status} {self.reason}" + (f": {said}" if said else "")


@dataclass(frozen=True, slots=True)
class _Usual:
    """`length`: of the body."""

    head: bytes
    length: int
    answer: Answer


class Answers:
    """Of one connection."""

    def __init__(self, connected: socket.socket) -> None:
        self._file = _Reader(connected.makefile("rb", buffering=0), _BUFFER)
        self._usual: _Usual | None = None

    def next(self) -> Answer:
        """Waits for it. Raises OSError, http.client.HTTPException."""
        begin, usual = self._file.peek(1), self._usual
        if usual is not None and begin.startswith(usual.head):
            body = self._file.read(len(usual.head) + usual.length)[len(usual.head) :]
            if len(body) < usual.length:
                raise http.client.RemoteDisconnected("the answer breaks off")
            return Answer(usual.answer.status, usual.answer.reason, None, body)
        return self._parsed(bytes(begin))

    def close(self) -> None:
        """The buffer; the socket is another's."""
        self._file.end()

    def _parsed(self, begin: bytes) -> Answer:
        response = self._final()
        length = response.length
        content = response.read(ANSWER_BYTES)
        after = retry_after.seconds(response.getheader("Retry-After"))
        last = not response.isclosed() or response.will_close  # more than is read, or the server's word
        answer = Answer(response.status, response.reason, after, content, last)
        head, end, _ = begin.partition(_END)
        plain = end and head.startswith(_SUCCESS) and length is not None and not last and after is None
        self._usual = _Usual(head + end, length or 0, answer) if plain else None
        return answer

    def _final(self) -> http.client.HTTPResponse:
        """Behind those that come before it (103): one of them would be taken for the answer, and the answer
        for that of the request behind.
        """
        for _ in range(_INTERIM):
            response = http.client.HTTPResponse(_Readable(self._file), method="POST")  # type: ignore[arg-type]
            response.begin()
            if response.status >= http.client.OK or response.status == http.client.SWITCHING_PROTOCOLS:
                return response
        raise http.client.BadStatusLine("only interim answers")


class _Reader(io.BufferedReader):
    """Stays open when an answer is read to its end: the next one follows."""

    def close(self) -> None: ...

    def end(self) -> None:
        super().close()


class _Readable:
    """What HTTPResponse asks of a socket."""

    def __init__(self, file: _Reader) -> None:
        self._file = file

    def makefile(self, _: str) -> _Reader:
        return self._file
