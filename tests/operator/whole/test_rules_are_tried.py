# SPDX-License-Identifier: Apache-2.0
"""`kubectl lanner try` on a real API server with the operator: what it shows, and that nothing of it stays.

The agents are not real: what they write is.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lanner_agent.app import exits
from lanner_agent.cli import group
from lanner_agent.cli.kubectl.group import PROGRAM, kubectl_lanner
from lanner_engine.program.load import check
from lanner_engine.resources import trial
from lanner_engine.source import Source
from tests.chart.rendering import Helm
from tests.cluster import kubeconfig
from tests.operator.whole.scene import CLUSTER_RULES, GROUP, Scene, eventually, playing

PATHS = (CLUSTER_RULES, f"{GROUP}/falcorules")
RULES = """\
- list: curls
  items: [curl]
- macro: downloads
  condition: evt.type = execve and proc.name in (curls)
- rule: Curl in a container
  desc: d
  condition: downloads
  output: o
  priority: NOTICE
- rule: Wget in a container
  desc: d
  condition: evt.type = execve and proc.name = wget
  output: o
  priority: NOTICE
"""
MATCHES = (("ci", "runner", "/usr/bin/curl", 402), ("shop", "web", "/tmp/\\u001bx", 3), ("", "host", "/c", 1))


@dataclass(frozen=True, slots=True)
class Ended:
    """A command at its end."""

    status: int
    out: str
    errors: str


class Agents(threading.Thread):
    """Two nodes that have every bundle in force at once. What is tried matches on one of them: the operator
    sums up more often than it tells, so that numbers of two would come seconds apart.
    """

    def __init__(self, scene: Scene, folder: Path) -> None:
        super().__init__(daemon=True)
        self._scene = Scene(scene.plane, folder)  # with a connection of its own
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.1):
            with contextlib.suppress(TypeError, KeyError):  # there is no bundle yet
                told = [self._told(path, one) for path in PATHS for one in tried(self._scene, path)]
                for node, of in (("n1", MATCHES), ("n2", ())):
                    self._scene.acknowledge(node, dryRun=[{**one, **_counted(one, of)} for one in told])
        self._scene.server.close()

    def end(self) -> None:
        self._ended.set()
        self.join()

    def _told(self, path: str, one: dict[str, Any]) -> dict[str, Any]:
        meta = one["metadata"]
        key = "/".join(filter(None, (one.get("kind", path), meta.get("namespace"), meta["name"])))
        return {"rule": key, "uid": meta["uid"], "generation": meta["generation"]}


def _counted(told: dict[str, Any], of: tuple[tuple[str, str, str, int], ...]) -> dict[str, Any]:
    word = told["rule"].rpartition("/")[2].split("-")[1]
    names = ("namespace", "workload", "executable", "matches")
    rule = {"rule": f"Curl in a container (try {word})"}
    return {
        "top": [{**rule, **dict(zip(names, row, strict=True))} for row in of],
        "matches": sum(row[-1] for row in of),
    }


def tried(scene: Scene, path: str) -> list[dict[str, Any]]:
    return [one for one in scene.server.items(path) if trial.LABEL in one["metadata"].get("labels", {})]


@pytest.fixture(scope="module")
def operated(stage: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One operator for all of these, which none of them breaks."""
    with playing(stage, tmp_path_factory.mktemp("operated")) as one:
        yield one


@pytest.fixture
def scene(operated: Scene) -> Iterator[Scene]:
    yield operated
    operated.clean()


@pytest.fixture
def agents(scene: Scene, tmp_path: Path) -> Iterator[Agents]:
    rule = {"name": "Curl in a container", "condition": "evt.type = open", "desc": "d", "output": "o"}
    scene.applied(CLUSTER_RULES, "ClusterFalcoRule", "curl", {"rules": [{**rule, "priority": "NOTICE"}]})
    made = Agents(scene, tmp_path)
    made.start()
    yield made
    made.end()


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    return path


@dataclass(frozen=True, slots=True)
class User:
    """Who types, in this process."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def tries(self, kubeconfig: Path, *words: str) -> Ended:
        self.monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
        self.monkeypatch.setattr("sys.argv", ["kubectl-lanner", "try", *words])
        self.capsys.readouterr()
        status = group.run(None, kubectl_lanner, PROGRAM)
        return Ended(status, *self.capsys.readouterr())


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User(monkeypatch, capsys)


def admin(scene: Scene) -> Path:
    return Path(scene.plane.kubeconfig)


def nothing_is_left(scene: Scene) -> bool:
    return not any(tried(scene, path) for path in PATHS)


def test_what_would_alert_is_told_with_what_would_silence_it(
    scene: Scene, agents: Agents, rules: Path, user: User
) -> None:
    done = user.tries(admin(scene), "-f", str(rules), "--for", "2s")
    assert done.status == exits.OK, done.errors
    rows = [line.split() for line in done.out.splitlines()]
    assert ["Curl", "in", "a", "container", "ci", "runner", "/usr/bin/curl", "402", "1"] in rows
    assert ["Curl", "in", "a", "container", "shop", "web", "/tmp/\\u001bx", "3", "1"] in rows
    assert (
        "tried on 2 of 2 nodes for 2 s: 406 alerts would have been made, by Curl in a container\n" in done.out
    )
    assert "no alert by Wget in a container\n" in done.out
    exceptions = done.out.partition("as a rules file:\n")[2]
    assert '["proc.exepath", "k8s.ns.name"]' in exceptions
    assert check([Source("rules.yaml", RULES), Source("exceptions.yaml", exceptions)]).diagnostics == ()
    assert "nothing proposed for Curl in a container: /tmp/\\u001bx is not the whole path" in done.errors
    assert "in force: 1 of 1 objects, on 2 of 2 nodes" in done.errors
    assert nothing_is_left(scene)
    scene.reason(f"{CLUSTER_RULES}/curl", "Accepted", "Valid")  # of the same name, which is not touched


def test_a_document_holds_the_same(scene: Scene, agents: Agents, tmp_path: Path, user: User) -> None:
    path = tmp_path / "rule.yaml"
    rule = {"name": "Curl in a container", "condition": "evt.type = execve", "desc": "d", "output": "o"}
    made = {"apiVersion": "lanner.dev/v1alpha1", "kind": "FalcoRule", "metadata": {"name": "curl"}}
    labels = {"labels": {"argocd.argoproj.io/instance": "x"}}
    made["metadata"] |= labels  # type: ignore[operator]
    path.write_text(json.dumps({**made, "spec": {"rules": [{**rule, "priority": "NOTICE"}]}}))
    done = user.tries(admin(scene), "-f", str(path), "--for", "2s", "-n", "default", "-o", "json")
    told = json.loads(done.out)
    assert (done.status, told["matches"], told["silent"]) == (exits.OK, 406, [])
    assert told["objects"] == [
        {"object": "FalcoRule/default/curl", "programmed": "True", "loaded": 2, "nodes": 2}
    ]
    assert told["top"][0]["rule"] == "Curl in a container"
    assert "tuned_" in told["exceptions"]
    assert nothing_is_left(scene)


def test_what_is_wrong_is_shown_where_it_stands(scene: Scene, tmp_path: Path, user: User) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES.replace("proc.name = wget", "proc.nam = wget"))
    done = user.tries(admin(scene), "-f", str(path))
    assert (done.status, done.out) == (exits.PROBLEMS, "")
    assert "rules.yaml:12:36: error: there is no field proc.nam" in done.errors
    assert "\n    hint: did you mean proc.name?\n" in done.errors
    path.write_text("- {rule: of others, condition: and x, override: {condition: append}}\n")
    done = user.tries(admin(scene), "-f", str(path))
    assert done.status == exits.PROBLEMS
    assert "hint: what is tried changes nothing of others" in done.errors


def test_what_the_operator_refuses_is_told_in_its_words(scene: Scene, tmp_path: Path, user: User) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES.replace("proc.name = wget", "of_nobody"))
    done = user.tries(admin(scene), "-f", str(path), "--for", "1h")
    assert done.status == exits.PROBLEMS
    assert "ClusterFalcoRule/rules is refused:\nspec.content:12:36: error: Undefined macro" in done.errors
    assert "^~~~~~~~~" in done.errors
    assert nothing_is_left(scene)


def test_without_a_node_nothing_was_tried(scene: Scene, rules: Path, user: User) -> None:
    done = user.tries(admin(scene), "-f", str(rules), "--wait", "2s")
    assert done.status == exits.PROBLEMS
    assert "ClusterFalcoRule/rules is not in force everywhere: no node has an agent" in done.errors
    assert "no node had the rules: nothing was tried" in done.errors
    assert nothing_is_left(scene)


def test_who_may_not_create_rules_is_told_which_right_it_takes(
    scene: Scene, rules: Path, user: User, tmp_path: Path
) -> None:
    scene.plane.access.kubectl("create", "serviceaccount", "nobody", "-n", "lanner")
    token = scene.plane.access.kubectl("create", "token", "nobody", "-n", "lanner").strip()
    path = tmp_path / "nobody.conf"
    kubeconfig.by_token(path, scene.plane.url, scene.plane.folder / "pki", token)
    done = user.tries(path, "-f", str(rules))
    assert done.status == exits.CANNOT_RUN
    assert done.errors == (
        "lanner: you may not create clusterfalcorules.lanner.dev in the whole cluster\n"
        "  hint: ask for the role of a cluster administrator; with --kind FalcoRule rules are tried in one "
        "namespace; to see what you may: kubectl auth can-i create clusterfalcorules.lanner.dev -A\n"
    )


def test_an_end_before_its_time_tells_what_is_known_and_leaves_nothing(
    scene: Scene, agents: Agents, rules: Path
) -> None:
    code = "from lanner_agent.cli.kubectl.main import main; main()"
    command = [sys.executable, "-c", code, "try", "-f", str(rules), "--for", "1h"]
    environment = {**os.environ, "KUBECONFIG": str(admin(scene)), "PYTHONPATH": os.pathsep.join(sys.path)}
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert started.stdout is not None
        assert " ci runner /usr/bin/curl" in started.stdout.readline()  # for each group that grew
        started.send_signal(signal.SIGINT)
        out, _ = started.communicate(timeout=20)
    finally:
        started.kill()
        started.communicate()
    assert started.returncode == exits.OK
    assert "alerts would have been made, by Curl in a container" in out
    assert nothing_is_left(scene)


def test_what_a_killed_command_left_is_deleted_by_the_operator_and_nothing_else(scene: Scene) -> None:
    helm = Helm(Path(scene.plane.binaries["helm"]))
    policy = helm.text("-s", "templates/operator-admission.yaml")
    scene.plane.access.apply(policy)
    try:
        kept = scene.rule("kept", mode="DryRun")
        left = {"metadata": {"name": "left", **trial.marks("x", 1)}, "spec": kept["spec"]}
        active = {"metadata": {"name": "active", **trial.marks("x", 1)}}
        for made in (left, {**active, "spec": {**kept["spec"], "mode": "Active"}}):
            body = {"apiVersion": "lanner.dev/v1alpha1", "kind": "ClusterFalcoRule", **made}
            scene.server.create(CLUSTER_RULES, body)
        scene.operator.says("the try of ClusterFalcoRule/left is over: it is deleted")
        assert scene.server.get(f"{CLUSTER_RULES}/left") is None
        for name in ("active", "kept"):
            eventually(lambda name=name: _refused(scene, name))  # type: ignore[misc]
            assert scene.server.get(f"{CLUSTER_RULES}/{name}") is not None
    finally:
        scene.plane.access.kubectl("delete", "-f", "-", stdin=policy)


def _refused(scene: Scene, name: str) -> bool:
    """Whether a user with the operator's token may not delete it; asked without deleting."""
    command = [scene.plane.binaries["kubectl"], "--kubeconfig", str(scene.identity), "delete"]
    words = ["clusterfalcorule", name, "--dry-run=server"]
    done = subprocess.run([*command, *words], capture_output=True, text=True, check=False)
    return "the operator deletes no rules but those of kubectl lanner try" in done.stderr
