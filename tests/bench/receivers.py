# SPDX-License-Identifier: Apache-2.0
"""Receivers of all outputs in one process of their own: in that of the agent they would take turns with the
outputs' threads. They do as little as a receiver can, so that what is measured are the outputs.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

Came = list[tuple[int, float]]  # number of an alert (its pid), and when
Take = Callable[[], bool]  # reads what is there; False at the end
ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"
CHUNK: Final = 1 << 18
_LENGTH: Final = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_END: Final = b"\r\n\r\n"
_PID: Final = re.compile(rb'"proc\.pid":([0-9]+)')


@dataclass(frozen=True, slots=True)
class Places:
    """`stdout`: a named pipe."""

    stdout: Path
    http: str
    otlp: str
    syslog: str


@dataclass(frozen=True, slots=True)
class Received:
    """`otlp`: requests; `syslog`: messages."""

    stdout: Came
    http: Came
    otlp: int
    syslog: int


class Receivers:
    """Of another process."""

    def __init__(self, places: Places, words: Connection) -> None:
        self.places = places
        self._words = words

    def end(self) -> Received:
        """What came until standard output was closed."""
        self._words.send("end")
        received: Received = self._words.recv()
        return received


@contextmanager
def running(folder: Path) -> Iterator[Receivers]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_receive, args=(folder, theirs), daemon=True
    )
    process.start()
    try:
        yield Receivers(ours.recv(), ours)
    finally:
        process.kill()
        process.join()


def _receive(folder: Path, words: Connection) -> None:
    pipe = folder / "stdout"
    os.mkfifo(pipe)
    lines, posted = _Lines(pipe), _Http(numbered=True)
    collected, messages = _Http(numbered=False), _Datagrams(folder / "log")
    with selectors.DefaultSelector() as selector:
        for one in (posted, collected):
            selector.register(one.listens, selectors.EVENT_READ, one.accepting(selector))
        selector.register(messages.socket, selectors.EVENT_READ, messages.take)
        selector.register(lines.descriptor, selectors.EVENT_READ, lines.take)
        selector.register(words, selectors.EVENT_READ, lambda: False)
        words.send(Places(pipe, posted.url, collected.url, messages.address))
        ends = 0
        while ends < 2:
            for key, _ in selector.select():
                if not key.data():
                    ends += key.fileobj in (words, lines.descriptor)
                    selector.unregister(key.fileobj)
    words.recv()
    words.send(Received(lines.came, posted.came, collected.requests, messages.number))


class _Lines:
    """Of standard output."""

    def __init__(self, pipe: Path) -> None:
        self.came: Came = []
        self.descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        self._rest = b""

    def take(self) -> bool:
        data, now = os.read(self.descriptor, CHUNK), time.time()
        *whole, self._rest = (self._rest + data).split(b"\n")
        self.came += [(_pid(line), now) for line in whole]
        return bool(data)


class _Http:
    """A server that answers each POST with success, several in one write where several came."""

    def __init__(self, *, numbered: bool) -> None:
        self.came: Came = []
        self.requests = 0
        self._numbered = numbered
        self.listens = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listens.getsockname()[1]}/"

    def accepting(self, selector: selectors.BaseSelector) -> Take:
        def accept() -> bool:
            made, _ = self.listens.accept()
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            buffer = bytearray()
            selector.register(made, selectors.EVENT_READ, lambda: self._take(made, buffer))
            return True

        return accept

    def _take(self, made: socket.socket, buffer: bytearray) -> bool:
        data = made.recv(CHUNK)
        buffer += data
        bodies, now, at = 0, time.time(), 0
        while (end := buffer.find(_END, at)) >= 0:
            length = _LENGTH.search(buffer, at, end)
            behind = end + len(_END) + int(length[1] if length else 0)
            if behind > len(buffer):
                break
            if self._numbered:
                self.came.append((_pid(buffer, end, behind), now))
            bodies, at = bodies + 1, behind
        del buffer[:at]
        self.requests += bodies
        made.sendall(ANSWER * bodies)
        return bool(data)


class _Datagrams:
    """Of syslog, by a socket as /dev/log: a sender waits where it is full, so none is lost."""

    def __init__(self, path: Path) -> None:
        self.number = 0
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)
        self.address = f"unix://{path}"

    def take(self) -> bool:
        try:
            while self.socket.recv(CHUNK):
                self.number += 1
        except BlockingIOError:
            pass
        return True


def _pid(text: bytes | bytearray, begin: int = 0, end: int = 1 << 30) -> int:
    found = _PID.search(text, begin, end)
    return int(found[1]) if found else -1
