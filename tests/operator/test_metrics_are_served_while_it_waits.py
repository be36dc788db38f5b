# SPDX-License-Identifier: Apache-2.0
"""A real `lanner-operator run` whose API server is away: its page is there and says so."""

from __future__ import annotations

import contextlib
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request

import yaml

COMMAND = pathlib.Path(sys.executable).with_name("lanner-operator")
PATIENCE_S = 40.0


def kubeconfig(folder: pathlib.Path) -> pathlib.Path:
    """Of a server that nobody is."""
    written = folder / "kubeconfig"
    written.write_text(
        yaml.safe_dump(
            {
                "current-context": "none",
                "clusters": [{"name": "none", "cluster": {"server": "http://127.0.0.1:1"}}],
                "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
                "users": [{"name": "none", "user": {"token": "t"}}],
            }
        )
    )
    return written


def test_it_says_that_nobody_answers(tmp_path: pathlib.Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    given = ("--kubeconfig", kubeconfig(tmp_path), "--health-port", "0", "--metrics-port", str(port))
    deadline, page, url = time.monotonic() + PATIENCE_S, "", f"http://127.0.0.1:{port}/metrics"
    with subprocess.Popen([COMMAND, "run", *given], stderr=subprocess.PIPE) as operator:
        while 'code="unreachable"' not in page and time.monotonic() < deadline:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(url) as found,
            ):
                page = found.read().decode()
            time.sleep(0.1)
        operator.terminate()
        _, said = operator.communicate(timeout=20)
    assert 'lanner_api_requests_total{code="unreachable",method="GET"}' in page, said.decode()
    assert 'lanner_build_info{component="operator"' in page
    assert "lanner_operator_last_done_timestamp_seconds 0.0" in page
    assert operator.returncode == 0, said.decode()
