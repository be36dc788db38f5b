# SPDX-License-Identifier: Apache-2.0
"""`lanner-operator run` as a process of its own, with the rights of the chart's service account."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sys
import time
from pathlib import Path

from tests.cluster.daemon import Daemon

COMMAND = Path(sys.executable).with_name("lanner-operator")
PATIENCE_S = 60.0  # for what comes: to start a process that judges takes ten seconds beside other lanes


class OperatorProcess:
    """`kubeconfig` says who it is; its log is in `folder`; `more` are further options."""

    def __init__(self, folder: Path, kubeconfig: Path, *more: str) -> None:
        self.port = free_port()
        self.daemon = Daemon(
            folder,
            "operator",
            [
                *(str(COMMAND), "run", "--kubeconfig", str(kubeconfig)),
                *("--namespace", "lanner", "--name", "lanner", "--health-port", str(self.port)),
                *more,
            ],
        )

    def start(self, *, wait: bool = True) -> None:
        """Returns when it is ready: everything there is has been taken in."""
        self.daemon.start()
        if wait:
            self.daemon.wait(self.ready)

    def stop(self) -> None:
        self.daemon.stop()

    def restart(self) -> None:
        self.stop()
        self.start()

    def freeze(self) -> None:
        """It runs no more, and its connections stay, until `thaw`."""
        os.kill(self.daemon.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.daemon.pid, signal.SIGCONT)

    def ready(self) -> bool:
        return self.page("/readyz")[0] == 200

    def page(self, path: str) -> tuple[int, str]:
        """Status and text of a health page; 0 when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def says(self, words: str, patience_s: float = PATIENCE_S) -> str:
        """The first line of the log with these words, which may be still to come."""
        deadline = time.monotonic() + patience_s
        while True:
            lines = [line for line in self.log().splitlines() if words in line]
            if lines:
                return lines[0]
            assert time.monotonic() < deadline, f"{words!r} is not in the log:\n{self.log()}"
            time.sleep(0.05)

    def log(self) -> str:
        return self.daemon.log.read_text(errors="replace") if self.daemon.log.exists() else ""

    def memory_mib(self) -> float:
        """What it holds of the machine's memory (VmRSS)."""
        lines = Path(f"/proc/{self.daemon.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
