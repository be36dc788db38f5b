# SPDX-License-Identifier: Apache-2.0
"""Real registries on this machine: distribution, which knows no referrers, and olareg, which does.

Distribution is Debian's package docker-registry; olareg is built from its Go module into the cache.
"""

from __future__ import annotations

import contextlib
import http.client
import shutil
import socket
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.cluster.daemon import Daemon
from tests.sources.olareg.program import OLAREG


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextlib.contextmanager
def distribution(folder: Path, port: int, further: str = "", tls: Path | None = None) -> Iterator[str]:
    """HOST:PORT while it runs, with what it keeps below `folder`. `further`: lines of its configuration;
    `tls`: a folder with tls.crt and tls.key.
    """
    secured = f", tls: {{certificate: {tls}/tls.crt, key: {tls}/tls.key}}" if tls else ""
    (folder / "registry.yml").write_text(
        "version: 0.1\nlog: {level: warn, accesslog: {disabled: false}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
        f'http: {{addr: "127.0.0.1:{port}"{secured}}}\n{further}'
    )
    program = shutil.which("docker-registry")
    assert program, "the Debian package docker-registry is not installed: make install"
    with _running(Daemon(folder, "registry", [program, "serve", "registry.yml"]), port):
        yield f"127.0.0.1:{port}"


@contextlib.contextmanager
def olareg(folder: Path) -> Iterator[str]:
    """The same, in memory."""
    program, port = OLAREG.build(), free_port()
    with _running(Daemon(folder, "olareg", [str(program), f"127.0.0.1:{port}"]), port):
        yield f"127.0.0.1:{port}"


@contextlib.contextmanager
def _running(daemon: Daemon, port: int) -> Iterator[None]:
    daemon.start()
    try:
        daemon.wait(lambda: _answers(port))
        yield
    finally:
        daemon.stop()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def put(
    host: str, path: str, content: bytes, kind: str, tls: ssl.SSLContext | None = None
) -> Mapping[str, str]:
    """A manifest, by hand; the headers of the answer."""
    connection = (
        http.client.HTTPSConnection(host, timeout=10, context=tls)
        if tls
        else http.client.HTTPConnection(host, timeout=10)
    )
    with contextlib.closing(connection):
        connection.request("PUT", path, content, {"Content-Type": kind})
        answer = connection.getresponse()
        assert answer.status == http.client.CREATED, answer.read()
        return dict(answer.headers)
