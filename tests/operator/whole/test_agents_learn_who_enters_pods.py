# SPDX-License-Identifier: Apache-2.0
"""kubectl exec, attach and debug by people of a real API server: the agent of the pod's node learns who it
is, within the limits, and no other agent does. No kubelet runs here: what is asked before it is what counts.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from lanner_engine.resources import exec_notice
from lanner_engine.resources.exec_notice import ExecNotice
from tests.chart.rendering import Helm
from tests.operator.whole.process import OperatorProcess, free_port
from tests.operator.whole.scene import LEASES, MAPS, Scene, eventually

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
WEBHOOK = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/lanner-admission"
PODS = "/api/v1/namespaces/default/pods"
NODE = "node-a"
OBJECT = f"{MAPS}/lanner-exec-{NODE}"
HOSTILE = "eve\x1b[31m\n\u202e" + "x" * 5000


class Agent:
    """What one does: a key, and its Lease."""

    def __init__(self, scene: Scene, node: str) -> None:
        self.scene = scene
        self.key = X25519PrivateKey.generate()
        public = base64.b64encode(self.key.public_key().public_bytes_raw()).decode()
        scene.renew(node)
        told = {"metadata": {"annotations": {exec_notice.KEY_ANNOTATION: public}}}
        scene.server.patch(f"{LEASES}/lanner-agent-{node}", told)

    def heard(self) -> list[ExecNotice]:
        """What of the node's object is sealed for this one, and not for an agent before it."""
        found = self.scene.server.get(OBJECT) or {}
        contents = map(base64.b64decode, exec_notice.sealed_in(found).values())
        return [exec_notice.read(one) for one in map(self.opened, contents) if one]

    def opened(self, content: bytes) -> bytes:
        try:
            return SUITE.decrypt(content, self.key, exec_notice.INFO)
        except InvalidTag:
            return b""

    def of(self, user: str) -> list[ExecNotice]:
        return [one for one in self.heard() if one.user.startswith(user)]


@pytest.fixture(scope="module")
def telling(stage: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The operator with `exec.enabled`, the chart's objects for it, and a pod with two containers."""
    port = free_port()
    objects = _objects(stage, port)
    stage.plane.access.apply(objects)
    folder = tmp_path_factory.mktemp("telling")
    operator = OperatorProcess(folder, stage.identity, "--admission-port", str(port), "--tell-exec")
    operator.start()
    before, stage.operator = stage.operator, operator
    containers = [{"name": name, "image": "none", "stdin": True} for name in ("app", "side")]
    for name, shown in (("web", containers), ("one", containers[:1])):
        pod = {"metadata": {"name": name}, "spec": {"nodeName": NODE, "containers": shown}}
        stage.server.create(PODS, {"apiVersion": "v1", "kind": "Pod", **pod})
    try:
        operator.says("the admission webhook listens")
        eventually(lambda: len(_path(stage)) > len("/exec/"), 60.0)
        agent = Agent(stage, NODE)
        eventually(lambda: _enter(stage, "ready", "one", "true") and agent.of("ready"), 30.0)
        yield stage
    finally:
        operator.stop()
        stage.operator = before
        for name in ("web", "one"):
            stage.server.delete(f"{PODS}/{name}?gracePeriodSeconds=0")
        stage.plane.access.kubectl("delete", "-f", "-", stdin=objects)
        stage.clean()


def _objects(stage: Scene, port: int) -> str:
    """As the chart has them, at an address where the operator is."""
    policy = ("-s", "templates/admission-policy.yaml")
    chosen = ("-s", "templates/admission.yaml", *policy, "--set", "exec.enabled=true")
    found = Helm(Path(stage.plane.binaries["helm"])).objects(*chosen)
    for one in found:
        if one["kind"] == "Service":
            one["spec"] = {"type": "ExternalName", "externalName": "localhost"}
        for webhook in one.get("webhooks", ()):
            webhook["clientConfig"]["service"]["port"] = port
    return yaml.safe_dump_all(found)


def _path(stage: Scene) -> str:
    webhooks = stage.server.get(WEBHOOK)["webhooks"]
    return str(
        next(one for one in webhooks if one["name"] == "exec.lanner.dev")["clientConfig"]["service"]["path"]
    )


def _enter(
    scene: Scene, user: str, pod: str, *command: str, what: str = "exec", more: tuple[str, ...] = ()
) -> bool:
    """As another user, by impersonation, which an administrator may; that no kubelet is there comes after."""
    kubectl = [scene.plane.binaries["kubectl"], "--kubeconfig", str(scene.plane.kubeconfig), f"--as={user}"]
    groups = ["--as-group=system:masters", "--as-group=devs"]
    words = ["--", *command] if command else []
    subprocess.run(
        [*kubectl, *groups, what, pod, *more, *words],
        capture_output=True,
        check=False,
        timeout=30,
        stdin=subprocess.DEVNULL,
    )
    return True


def test_the_agent_of_the_pods_node_learns_user_groups_container_and_command(telling: Scene) -> None:
    agent = Agent(telling, NODE)
    uid = telling.server.get(f"{PODS}/web")["metadata"]["uid"]
    eventually(
        lambda: (
            _enter(telling, "alice", "web", "cat", "/etc/shadow", more=("-c", "side")) and agent.of("alice")
        )
    )
    one = agent.of("alice")[-1]
    assert (one.verb, one.pod_uid, one.container) == ("exec", uid, "side")
    assert one.command == ("cat", "/etc/shadow")
    assert one.digest == exec_notice.digest_of([b"cat", b"/etc/shadow"])
    assert {"devs", "system:masters"} <= set(one.groups)


def test_who_attaches_is_told_too(telling: Scene) -> None:
    agent = Agent(telling, NODE)
    eventually(lambda: _attach(telling) and agent.of("bob"))
    assert [(one.verb, one.container, one.stdin) for one in agent.of("bob")][-1] == ("attach", "app", True)


def _attach(scene: Scene) -> bool:
    _enter(scene, "bob", "web", what="attach", more=("-c", "app", "-i"))
    return True


def test_a_new_ephemeral_container_is_its_makers(telling: Scene) -> None:
    agent = Agent(telling, NODE)
    eventually(
        lambda: (
            _enter(telling, "carol", "web", "sleep", "9", what="debug", more=("--image=none",))
            and agent.of("carol")
        )
    )
    one = agent.of("carol")[-1]
    assert one.verb == "debug"
    assert one.container.startswith("debugger-")


def test_another_agent_can_read_the_object_and_open_nothing(telling: Scene) -> None:
    agent, thief = Agent(telling, NODE), Agent(telling, "node-b")
    eventually(lambda: _enter(telling, "dave", "one", "true") and agent.of("dave"))
    assert "dave" not in json.dumps(telling.server.get(OBJECT))
    assert thief.heard() == []


def test_hostile_names_are_bounded_and_a_busy_namespace_takes_no_more_than_its_share(telling: Scene) -> None:
    agent = Agent(telling, NODE)
    port, path = _at(telling), _path(telling)
    for number in range(20):
        assert (
            _asks(port, path, _review(f"q{number}", HOSTILE, ["g" * 9000] * 99, ["a" * 99_999, "\x00"]))
            == 200
        )
    heard = eventually(lambda: agent.of("eve"))
    assert len(heard) <= 8
    for one in heard:
        assert len(one.user.encode()) <= exec_notice.USER
        assert len(one.groups) <= exec_notice.GROUPS + 1
        assert sum(len(word.encode()) for word in one.command) <= exec_notice.COMMAND
    assert len(json.dumps(telling.server.get(OBJECT))) < 200_000


def test_only_the_api_server_is_believed(telling: Scene) -> None:
    port = _at(telling)
    for path in ("/exec", "/exec/", f"/exec/{'0' * 64}"):
        assert _asks(port, path, _review("forged", "mallory", [], ["true"])) == 404
    assert _asks(port, _path(telling), {"request": {"uid": 1}}) == 400


def test_what_has_expired_is_gone_with_its_object(telling: Scene) -> None:
    agent = Agent(telling, NODE)
    eventually(lambda: _enter(telling, "fay", "one", "true") and agent.of("fay"))
    telling.operator.restart()
    eventually(lambda: telling.server.get(OBJECT) is None, 30.0)


def _at(scene: Scene) -> int:
    return int(scene.server.get(WEBHOOK)["webhooks"][0]["clientConfig"]["service"]["port"])


def _review(uid: str, user: str, groups: list[str], command: list[str]) -> dict[str, Any]:
    who = {"username": user, "groups": groups}
    options = {"kind": "PodExecOptions", "container": "app", "command": command, "stdin": True}
    resource = {"group": "", "version": "v1", "resource": "pods"}
    asked = {"uid": uid, "resource": resource, "subResource": "exec", "namespace": "default", "name": "web"}
    return {"request": {**asked, "userInfo": who, "object": options}}


def _asks(port: int, path: str, body: object) -> int:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection("localhost", port, timeout=10, context=context)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()
