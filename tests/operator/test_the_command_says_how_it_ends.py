# SPDX-License-Identifier: Apache-2.0
"""`lanner-operator` as a shell sees it: exit statuses and words."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.agent.cli.command import PATIENCE_S

COMMAND = Path(sys.executable).with_name("lanner-operator")


def run(*words: str, **environment: str) -> tuple[int, str]:
    """Without a cluster in the environment."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("KUBE", "LANNER"))}
    done = subprocess.run(
        [COMMAND, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
        env={**mine, "HOME": "/nonexistent", **environment},
    )
    return done.returncode, done.stdout + done.stderr


def test_help_names_options_variables_and_exit_statuses() -> None:
    status, text = run("run", "--help")
    assert status == 0
    for word in ("--namespace", "LANNER_NAMESPACE", "LANNER_NAME", "LANNER_HEALTH_PORT", "exit status:"):
        assert word in text


def test_a_farewell_knows_its_place() -> None:
    status, text = run("farewell", "--help")
    assert status == 0
    for word in ("--namespace", "LANNER_NAME", "--kubeconfig", "no rule says any more that nodes have it"):
        assert word in text
    assert "--health-port" not in text
    assert run("farewell")[0] == 3, "no API server is known"


def test_no_command_and_nonsense_are_wrong_usage() -> None:
    assert run()[0] == 2
    assert run("run", "--health-port", "99999")[0] == 2
    assert run("run", LANNER_HEALTH_PORT="x")[0] == 2


def test_without_a_cluster_it_says_where_it_looked() -> None:
    status, text = run("run")
    assert status == 3
    assert "no API server is known" in text
    assert "Traceback" not in text


def test_a_kubeconfig_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "conf").write_text("{")
    status, text = run("run", "--kubeconfig", str(tmp_path / "conf"))
    assert status == 3
    assert str(tmp_path / "conf") in text
    assert "Traceback" not in text


def test_a_health_port_that_is_taken_is_named(tmp_path: Path) -> None:
    (tmp_path / "conf").write_text(
        '{"clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}],'
        ' "contexts": [{"name": "c", "context": {"cluster": "c"}}], "current-context": "c"}'
    )
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104  what the operator listens on
        taken.listen()
        port = str(taken.getsockname()[1])
        status, text = run("run", "--kubeconfig", str(tmp_path / "conf"), "--health-port", port)
    assert status == 3
    assert f"port {port}" in text


def test_in_a_pod_it_speaks_json_even_of_wrong_usage() -> None:
    for words, variables, status, said in (
        (("run",), {}, 3, "no API server is known"),
        (("run",), {"LANNER_HEALTH_PORT": "x"}, 2, "'x' is no port"),
        (("run", "--log-format", "xml"), {}, 2, "'xml' is none of auto, text, json"),
    ):
        found = run(*words, LANNER_LOG_FORMAT="json", **variables)
        lines = [json.loads(line) for line in found[1].splitlines()]
        assert (found[0], {line["logger"] for line in lines}) == (status, {"lanner_operator"})
        assert said in lines[-1]["message"]
    assert "pod's service account" in json.loads(run("run", KUBERNETES_SERVICE_HOST="10.0.0.1")[1])["message"]
