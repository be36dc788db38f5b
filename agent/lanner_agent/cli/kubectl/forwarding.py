# SPDX-License-Identifier: Apache-2.0
"""A port of this machine, forwarded to a pod by `kubectl port-forward`, and the ticket that opens the page
behind it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Final

from lanner_agent.cli.kubectl.asking import ClusterError
from lanner_agent.publish import escape
from lanner_engine.resources.page_contact import TICKET

PATIENCE_S: Final = 15.0
_HOST: Final = "127.0.0.1"
_FORWARDING: Final = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+) ->")
_TICKET: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_OK: Final = 200
_SHOWN: Final = 500


@dataclass(frozen=True, slots=True)
class Local:
    """`port` of this machine."""

    port: int
    process: subprocess.Popen[str]

    def wait(self) -> None:
        """Until Ctrl-C. Raises ClusterError when the connection ends before."""
        with contextlib.suppress(KeyboardInterrupt):
            code = self.process.wait()
            if code not in (0, -signal.SIGINT, -signal.SIGTERM):
                raise ClusterError("kubectl does not forward the port any more", "the lines above say why")


@contextlib.contextmanager
def forwarded(words: Sequence[str], pod: str, port: int, own: int) -> Iterator[Local]:
    """`own` 0: one that is free. `words` name the cluster. Raises ClusterError."""
    command = ["kubectl", "port-forward", *words, f"pod/{pod}", f"--address={_HOST}", f"{own or ''}:{port}"]
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  no shell
    except OSError as error:
        raise ClusterError(f"cannot run kubectl: {error.strerror}", "put kubectl into $PATH") from error
    try:
        assert process.stdout is not None  # noqa: S101  it is a pipe
        yield Local(_port(process, process.stdout), process)
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def entered(local: Local, token: str) -> str:
    """The address of the page, with a ticket. Raises ClusterError."""
    connection = http.client.HTTPConnection(_HOST, local.port, timeout=PATIENCE_S)
    try:
        connection.request("POST", TICKET, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        content = answer.read(1 << 16)
    except (OSError, http.client.HTTPException) as error:
        raise ClusterError("the operator's page does not answer", "kubectl logs says why") from error
    finally:
        connection.close()
    if answer.status != _OK:
        words = escape.shown(content.decode("utf-8", "replace").strip(), _SHOWN)
        raise ClusterError(f"the operator does not let you in: {words}", "try again")
    return f"http://{_HOST}:{local.port}/enter?token={_ticket(content)}"


def _ticket(content: bytes) -> str:
    """It is printed, and a browser opens it: whoever answers there says nothing else. Raises ClusterError."""
    try:
        ticket = json.loads(content).get("ticket")
    except (ValueError, RecursionError, AttributeError):
        ticket = None
    if not isinstance(ticket, str) or not _TICKET.fullmatch(ticket):
        raise ClusterError("what answers at that port is no page of Lanner", "kubectl logs says why")
    return ticket


def _port(process: subprocess.Popen[str], output: IO[str]) -> int:
    """Of the first line, for which kubectl has its time; what it says later is read and not shown."""
    late = threading.Timer(PATIENCE_S, process.terminate)
    late.start()
    try:
        match = next((found for line in output if (found := _FORWARDING.search(line))), None)
    finally:
        late.cancel()
    if match is None:
        raise ClusterError("kubectl cannot forward the page's port", "the lines above say why")
    threading.Thread(target=output.read, daemon=True).start()
    return int(match[1])
