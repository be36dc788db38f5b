# SPDX-License-Identifier: Apache-2.0
"""People enter pods of a real node by kubectl exec, attach, debug and cp: alerts on what they do there say
who it was, and nothing else that happens there has a name.
"""

from __future__ import annotations

import json
import pathlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml

from tests.agent.cluster import joined
from tests.agent.cluster.installation import CHART, cluster_rule, rule, until
from tests.agent.cluster.joined import Joined
from tests.cluster import images
from tests.cluster.cluster import Cluster
from tests.cluster.daemon import Daemon
from tests.operator.whole.process import COMMAND, free_port
from tests.story.agent import Agent

pytestmark = pytest.mark.timeout(180)
DEED = "evt.type = execve and container.id != host and proc.name in (true, id, tar, sleep)"
WEBHOOKS = "validatingwebhookconfiguration"


class Play:
    """The agent that watches, and people."""

    def __init__(self, lanner: Joined, agent: Agent, kubectl: str) -> None:
        self.lanner = lanner
        self.agent = agent
        self._kubectl = kubectl

    def by(self, user: str, *words: str, stdin: str = "", wait: bool = True) -> subprocess.Popen[str]:
        """kubectl as another user, whom the administrator impersonates."""
        who = ["--kubeconfig", str(self.lanner.plane.kubeconfig), "-n", self.lanner.name, f"--as={user}"]
        command = [self._kubectl, *who, "--as-group=system:masters", "--as-group=devs", *words]
        pipe = subprocess.PIPE
        running = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        if wait:
            out, err = running.communicate(stdin, timeout=60)
            assert running.returncode == 0, f"{command}: {out}{err}"
        return running

    def alerts(self, **wanted: str) -> list[dict[str, Any]]:
        """Fields of the alerts so far that have these, by proc.name and command line."""
        every = [json.loads(line.text) for line in self.agent.alerts.all()]
        found = [dict(one["output_fields"]) for one in every if one["rule"] == "Deed"]
        return [one for one in found if all(one.get(f"proc.{name}") == text for name, text in wanted.items())]

    def one(self, **wanted: str) -> dict[str, Any]:
        until(lambda: bool(self.alerts(**wanted)), 10.0)
        return self.alerts(**wanted)[-1]


@pytest.fixture(scope="module")
def play(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    folder = tmp_path_factory.mktemp("entered")
    with joined.joined(cluster, folder) as lanner, _operating(lanner, folder):
        lanner.variables["LANNER_EXEC_SESSIONS"] = "true"
        lanner.run_pod("app1")
        with lanner.agent() as agent:
            made = Play(lanner, agent, str(lanner.plane.binaries["kubectl"]))
            until(lambda: _is_told(made), 40.0)
            yield made


def _is_told(play: Play) -> bool:
    """The operator has the agent's key, the agent the rules."""
    play.by("first", "exec", "app1", "--", "id", "-u")
    time.sleep(0.5)
    return any(one.get("k8s.exec.user") == "first" for one in play.alerts(name="id"))


@contextmanager
def _operating(lanner: Joined, folder: pathlib.Path) -> Iterator[None]:
    """The operator on this machine, with the chart's webhook and rule, and a rule on every deed."""
    port = free_port()
    show = ("--show-only", "templates/admission.yaml", "--set", "exec.enabled=true")
    text = lanner.admin.helm("template", lanner.name, str(CHART), "--namespace", lanner.name, *show)
    objects = list(yaml.safe_load_all(text))
    for one in objects:
        if one["kind"] == "Service":
            one["spec"] = {"type": "ExternalName", "externalName": _own_address(lanner)}
        for webhook in one.get("webhooks", ()):
            webhook["clientConfig"]["service"]["port"] = port
    deed = cluster_rule(
        "deed", rule("Deed", DEED, "%proc.name %proc.cmdline %proc.pname"), hostScope="Exclude"
    )
    made = {"apiVersion": "lanner.dev/v1alpha1", "kind": deed.kind, "metadata": {"name": "deed"}}
    objects.append({**made, "spec": deed.spec})
    manifests = yaml.safe_dump_all(objects)
    lanner.admin.apply(manifests)
    words = ["--namespace", lanner.name, "--name", lanner.name, "--health-port", "0"]
    words += ["--admission-port", str(port), "--tell-exec", "--kubeconfig", str(lanner.plane.kubeconfig)]
    operator = Daemon(folder, "operator", [str(COMMAND), "run", *words])
    operator.start()
    try:
        yield
    finally:
        operator.stop()
        lanner.admin.kubectl("delete", "-f", "-", "--ignore-not-found", "--wait=false", stdin=manifests)


def _own_address(lanner: Joined) -> str:
    """By which the API server, in a network of its own, finds this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards:
        towards.connect((lanner.plane.address, lanner.plane.port))
        return str(towards.getsockname()[0])


def test_exec_says_who_and_their_descendants_are_theirs(play: Play) -> None:
    play.by(
        "alice",
        "exec",
        "app1",
        "--",
        "sh",
        "-c",
        "(/bin/sh -c '/bin/sleep 0.2; /bin/id alice' &); exit 0",
    )
    for wanted in ({"cmdline": "sleep 0.2"}, {"cmdline": "id alice"}):
        found = play.one(**wanted)
        assert found["k8s.exec.user"] == "alice"
        assert "devs" in found["k8s.exec.groups"].split(",")
        assert found["k8s.exec.command"].startswith("sh -c (/bin/sh -c")
        assert found["k8s.exec.verb"] == "exec"
        assert "k8s.exec.ambiguous" not in found


def test_two_people_are_told_apart_and_the_pods_own_work_is_no_ones(play: Play) -> None:
    play.by("bob", "exec", "app1", "--", "id", "-g")
    play.by("carol", "exec", "app1", "--", "id", "-G")
    assert play.one(cmdline="id -g")["k8s.exec.user"] == "bob"
    assert play.one(cmdline="id -G")["k8s.exec.user"] == "carol"
    play.lanner.run_pod("own", "--overrides", json.dumps(_own("while :; do /bin/id own; sleep 1; done")))
    assert "k8s.exec.user" not in play.one(cmdline="id own")


def _own(script: str, **more: Any) -> dict[str, Any]:
    container = {
        "name": "own",
        "image": images.BOX,
        "imagePullPolicy": "Never",
        "command": ["sh", "-c", script],
    }
    return {"spec": {"containers": [{**container, **more}]}}


def test_equal_sessions_at_the_same_time_are_named_as_ambiguous(play: Play) -> None:
    both = [play.by(user, "exec", "app1", "--", "id", "-n", "-u", wait=False) for user in ("dora", "emil")]
    for one in both:
        one.communicate(timeout=60)
    until(lambda: len(play.alerts(cmdline="id -n -u")) == 2, 20.0)
    said = {(one["k8s.exec.user"], one.get("k8s.exec.ambiguous")) for one in play.alerts(cmdline="id -n -u")}
    # Where the first had begun before the second was told, both are known.
    assert said <= {("dora or emil", True), ("dora", None), ("emil", None)}, said


def test_a_copy_is_its_users(play: Play, tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("x")
    play.by("frank", "cp", str(tmp_path / "file"), "app1:/tmp/file")
    found = play.one(name="tar")
    assert (found["k8s.exec.user"], found["k8s.exec.verb"]) == ("frank", "exec")


def test_a_debug_container_and_who_attaches_to_it(play: Play) -> None:
    debug = ("debug", "app1", f"--image={images.BOX}", "--image-pull-policy=Never", "-c", "dbg")
    play.by("gina", *debug, "--", "sh", "-c", "/bin/id dbg; sleep 60")
    found = play.one(cmdline="id dbg")
    assert (found["k8s.exec.user"], found["k8s.exec.verb"]) == ("gina", "debug")


def test_who_attaches_to_a_shell_is_named_for_what_it_does_then(play: Play) -> None:
    overrides = json.dumps(_own("while read line; do $line; done", stdin=True))
    play.lanner.admin.kubectl(
        "run", "shell", f"--image={images.BOX}", "-n", play.lanner.name, "--overrides", overrides
    )
    play.lanner.admin.kubectl("wait", "--for=condition=Ready", "pod/shell", "-n", play.lanner.name)
    attached = play.by("hugo", "attach", "-i", "shell", wait=False)
    assert attached.stdin is not None
    try:
        attached.stdin.write("/bin/id -hugo\n")
        attached.stdin.flush()
        found = play.one(cmdline="id -hugo")
    finally:
        attached.kill()
        attached.communicate()
    assert (found["k8s.exec.user"], found["k8s.exec.verb"]) == ("hugo", "attach")


def test_hostile_names_stay_on_their_line_and_in_their_annotation(play: Play) -> None:
    name = "eve\u202e" + "x" * 400  # HTTP lets no control characters through
    play.by(name, "exec", "app1", "--", "id", "-u", "-r")
    found = play.one(cmdline="id -u -r")
    assert found["k8s.exec.user"].startswith("eve")
    assert "\u202e" not in play.agent.alerts.text()
    assert len(found["k8s.exec.user"]) < 500
    events = until_found(lambda: _annotated(play, "eve"))
    assert all(len(one) <= 512 and "\u202e" not in one for one in events)


def _annotated(play: Play, user: str) -> list[str]:
    found = play.lanner.admin.get("events.events.k8s.io", "-n", play.lanner.name)["items"]
    said = [str((one["metadata"].get("annotations") or {}).get("lanner.dev/exec-user", "")) for one in found]
    return [one for one in said if one.startswith(user)]


def until_found(found: Callable[[], list[str]]) -> list[str]:
    until(lambda: bool(found()), 30.0)
    return found()
