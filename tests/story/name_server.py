# SPDX-License-Identifier: Apache-2.0
"""A real DNS server on a loopback address of its own, and the command line that makes a program ask it."""

from __future__ import annotations

import pathlib
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

ADDRESS = "127.77.53.1"
# In a mount namespace of its own; the program that follows has the process id of what is started.
_WITH = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"')
_READY_S = 5.0


@dataclass(frozen=True, slots=True)
class NameServer:
    """`hosts` is its file of names."""

    process: subprocess.Popen[bytes]
    hosts: pathlib.Path
    resolv_conf: pathlib.Path

    def asking(self, *command: str | pathlib.Path) -> tuple[str | pathlib.Path, ...]:
        """The command with this server as the machine's resolver."""
        return (*_WITH, self.resolv_conf, *command)

    def answer(self, names: Mapping[str, str]) -> None:
        """Name -> address, and no others, from now on."""
        self.hosts.write_text("".join(f"{address} {name}\n" for name, address in names.items()))
        self.process.send_signal(signal.SIGHUP)


@contextmanager
def serving(folder: pathlib.Path, names: Mapping[str, str]) -> Iterator[NameServer]:
    """A server that answers these names."""
    hosts, resolv_conf = folder / "hosts", folder / "resolv.conf"
    hosts.write_text("")
    hosts.chmod(0o644)
    folder.chmod(0o755)
    resolv_conf.write_text(f"nameserver {ADDRESS}\noptions timeout:1 attempts:1\n")
    options = (
        "--no-daemon",
        "--conf-file=/dev/null",
        "--no-resolv",
        "--local=/example/",
        "--no-hosts",
        "--bind-interfaces",
        "--user=root",
    )
    process = subprocess.Popen(["dnsmasq", *options, f"--listen-address={ADDRESS}", f"--addn-hosts={hosts}"])
    try:
        _wait()
        server = NameServer(process, hosts, resolv_conf)
        server.answer(names)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def _wait() -> None:
    end = time.monotonic() + _READY_S
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((ADDRESS, 53)) == 0:
                return
        assert time.monotonic() < end, "the name server does not answer"
        time.sleep(0.02)
