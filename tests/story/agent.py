# SPDX-License-Identifier: Apache-2.0
"""A real `lanner run` as a child process, its lines with their time of arrival."""

from __future__ import annotations

import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

LANNER = pathlib.Path(sys.executable).with_name("lanner")
START_S = 90.0  # the verifier takes its time on a busy machine
STOP_S = 60.0  # each program is detached after a grace period of the kernel
ALERT_S = 5.0  # from a deed to its alert
PATIENCE_S = 30.0  # for a line that comes, on a machine that does other work


@dataclass(frozen=True, slots=True)
class Line:
    """`text` without its newline; `arrived`: seconds since the epoch."""

    text: str
    arrived: float


class Lines:
    """What one stream has said so far, collected by a thread."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._lines: list[Line] = []
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._collect, args=(stream,), daemon=True)
        self._thread.start()

    def _collect(self, stream: IO[bytes]) -> None:
        for line in stream:
            with self._changed:
                self._lines.append(Line(line.decode().removesuffix("\n"), time.time()))
                self._changed.notify_all()

    def all(self) -> list[Line]:
        with self._changed:
            return list(self._lines)

    def text(self) -> str:
        return "\n".join(line.text for line in self.all())

    def wait(self, pattern: str, timeout_s: float = PATIENCE_S, after: int = 0) -> Line:
        """The first line from number `after` on in which the pattern is found; fails with everything said."""
        found = self.wait_until(lambda lines: _first(pattern, lines[after:]), timeout_s)
        assert found is not None, f"no line matches {pattern!r} within {timeout_s} s; said:\n{self.text()}"
        return found

    def wait_until(self, found: Callable[[Sequence[Line]], Line | None], timeout_s: float) -> Line | None:
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while (line := found(self._lines)) is None and (rest := deadline - time.monotonic()) > 0:
                self._changed.wait(rest)
            return line

    def join(self) -> None:
        self._thread.join(5)


def _first(pattern: str, lines: Sequence[Line]) -> Line | None:
    return next((line for line in lines if re.search(pattern, line.text)), None)


class Agent:
    """A running agent. `alerts` is its standard output, `notes` its standard error."""

    def __init__(
        self,
        arguments: Sequence[str | os.PathLike[str]],
        cwd: pathlib.Path | None = None,
        command: Sequence[str | os.PathLike[str]] = (LANNER, "run"),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={**os.environ, "PYTHONFAULTHANDLER": "1", **(environment or {})},
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.alerts = Lines(self.process.stdout)
        self.notes = Lines(self.process.stderr)

    def wait_until_watching(self) -> Line:
        return self.notes.wait(r"\bwatching\b", START_S)

    def stop(self, with_signal: int = signal.SIGINT) -> int:
        """Ends it as a user would; the exit code. Everything it said is in `alerts` and `notes` then."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        code = self._ended()
        for lines in (self.alerts, self.notes):
            lines.join()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return code

    def _ended(self) -> int:
        """The exit code. One that does not end says where each of its threads is, and fails the test."""
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            self.process.wait(STOP_S)
            self.notes.join()
            raise AssertionError(f"does not end within {STOP_S} s:\n{self.notes.text()}") from None


@contextmanager
def watching(*arguments: str | os.PathLike[str], cwd: pathlib.Path | None = None) -> Iterator[Agent]:
    """An agent that watches; it must end well."""
    agent = Agent(arguments, cwd)
    try:
        agent.wait_until_watching()
        yield agent
    finally:
        code = agent.stop()
    assert code == 0, agent.notes.text()
    assert "Traceback" not in agent.notes.text()
