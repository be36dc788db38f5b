# SPDX-License-Identifier: Apache-2.0
"""One long-running program of a cluster: started with a log and a pid file, asked until it is ready, ended.

In: a cluster's folder, a name, a command.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PATIENCE_S = 60.0
LAST_CHARACTERS = 3000


class Daemon:
    """It outlives the process that started it: its pid stands in NAME.pid beside its command's folder."""

    def __init__(self, folder: Path, name: str, command: Sequence[str]) -> None:
        self.name = name
        self.command = list(command)
        self.log = folder / "log" / f"{name}.log"
        self._pid_file = folder / f"{name}.pid"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Without waiting for it; its log goes on where an earlier run's ended."""
        self.log.parent.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._pid_file.write_text(str(self._process.pid))

    @property
    def pid(self) -> int:
        """Of the running process; for memory figures and the like."""
        return int(self._pid_file.read_text())

    def wait(self, ready: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Until `ready` says so; RuntimeError with the log's place and end when it ends before or takes too
        long."""
        deadline = time.monotonic() + patience_s
        while not ready():
            status = self._process.poll() if self._process else None
            if status is not None:
                raise RuntimeError(f"{self.name} ended with status {status}; {self.last_words()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} is not ready after {patience_s:.0f} s; {self.last_words()}")
            time.sleep(0.05)

    def ask_to_stop(self) -> None:
        """SIGTERM, without waiting: several end at the same time."""
        if self._process:
            self._process.terminate()

    def stop(self, patience_s: float = 15.0) -> None:
        """SIGTERM, SIGKILL when that does not help. Nothing happens when it does not run."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(patience_s)
        self._process = None
        self._pid_file.unlink(missing_ok=True)

    def last_words(self) -> str:
        """Where its log is, and how it ends."""
        try:
            text = self.log.read_text(errors="replace")
        except FileNotFoundError:
            text = ""
        return f"its log {self.log} ends:\n{text[-LAST_CHARACTERS:]}"
