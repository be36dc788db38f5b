# SPDX-License-Identifier: Apache-2.0
"""A command on a real pseudo-terminal: what a person at a keyboard is to `ctr run -t` and `ctr task exec
-t`."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from types import TracebackType

_PATIENCE = 10.0


class Terminal:
    """Both ends of the terminal; the command runs in a session of its own with it as controlling terminal."""

    def __init__(self, command: Sequence[str]) -> None:
        self._master, slave = os.openpty()
        self.seen = b""  # everything the command printed
        try:
            self.process = subprocess.Popen(
                ["setsid", "--ctty", *command], stdin=slave, stdout=slave, stderr=slave, close_fds=True
            )
        finally:
            os.close(slave)

    def press(self, text: str) -> None:
        """As keys are pressed; end a line with a newline."""
        os.write(self._master, text.encode())

    def wait_for(self, text: str, timeout: float = _PATIENCE) -> str:
        """Everything printed so far, once `text` is in it; AssertionError with what was printed instead."""
        deadline = time.monotonic() + timeout
        while text.encode() not in self.seen:
            left = deadline - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"no {text!r} in {self.seen.decode(errors='replace')!r}")
        return self.seen.decode(errors="replace")

    def run(self, command: str, timeout: float = _PATIENCE) -> str:
        """Type one shell command; what it printed."""
        mark = f"done-{time.monotonic_ns()}"
        before = len(self.seen)
        # The echo of the typed line must not look like the mark.
        self.press(f"{command}; echo {mark[:4]}''{mark[4:]}\n")
        self.wait_for(mark, timeout)
        return self.seen[before:].decode(errors="replace")

    def close(self) -> int:
        """Hang up, wait for the command to end (kill it when it will not), and give its exit status."""
        os.close(self._master)
        for ask in (signal.SIGHUP, signal.SIGTERM, signal.SIGKILL):
            try:
                return self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.send_signal(ask)
        return self.process.wait(2)

    def _read(self, timeout: float) -> bool:
        """False at the end of the command's output."""
        ready, _, _ = select.select([self._master], [], [], timeout)
        if not ready:
            return True  # the caller looks at the clock
        try:
            chunk = os.read(self._master, 65536)
        except OSError:  # EIO: the last process has closed its end
            return False
        self.seen += chunk
        return bool(chunk)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
