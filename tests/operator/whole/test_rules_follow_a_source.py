# SPDX-License-Identifier: Apache-2.0
"""Objects that follow a signed source, with a real registry: what is new and good comes into force, what is
not leaves the last good rules there, and the status says so.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.operator.whole.process import OperatorProcess
from tests.operator.whole.scene import CLUSTER_RULES, Scene, eventually
from tests.operator.whole.server import RefusedError
from tests.sources import registries
from tests.sources.publisher import Publisher

FOLLOWED = f"{CLUSTER_RULES}/followed"
KEY = "ClusterFalcoRule/followed"


def rules(condition: str = "evt.type = execve") -> str:
    return f"- rule: Followed\n  desc: d\n  output: o\n  priority: NOTICE\n  condition: {condition}\n"


class Followed:
    """An object, its registry and who signs for it."""

    def __init__(self, scene: Scene, folder: Path, name: str) -> None:
        self.scene = scene
        self.folder = folder
        self.port = registries.free_port()
        self.publisher = Publisher(f"127.0.0.1:{self.port}", name)

    def push(self, version: str, condition: str = "evt.type = execve", *, signed: bool = True) -> str:
        made = self.publisher.made(rules(condition), version)
        return self.publisher.push(made, signed=signed)

    def apply(self, **more: Any) -> None:
        source = {
            "oci": str(self.publisher.place),
            "interval": "5s",
            "verify": {"publicKey": self.publisher.pem},
        }
        self.scene.applied(CLUSTER_RULES, "ClusterFalcoRule", "followed", {"source": {**source, **more}})

    def content(self) -> str:
        return str(self.scene.bundle()[KEY]["spec"]["content"])

    def says(self, reason: str, **status: str) -> str:
        """The message of SourceReady, once it has this reason and the status these digests."""
        said = self.scene.reason(FOLLOWED, "SourceReady", reason, 25.0)
        written = self.scene.server.get(FOLLOWED)["status"].get("source", {})
        assert status.items() <= written.items(), written
        return str(said["message"])


@pytest.fixture
def followed(stage: Scene, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Followed]:
    one = Followed(stage, tmp_path, request.node.name)
    hosts = ("--source-hosts", f"127.0.0.1:{one.port}")
    stage.operator = OperatorProcess(tmp_path, stage.identity, *hosts)
    try:
        stage.operator.start()
        yield one
    finally:
        stage.operator.stop()
        stage.clean()


@pytest.mark.timeout(180)  # it waits for several intervals
def test_what_is_signed_and_new_comes_into_force_and_stays_there(followed: Followed) -> None:
    """Through attacks, errors, and a restart without the registry."""
    with registries.distribution(followed.folder, followed.port):
        first = followed.push("1.0.0")
        followed.apply()
        eventually(lambda: followed.content() == rules())
        followed.says("InForce", seen=first, inForce=first, version="1.0.0")
        assert "source" not in followed.scene.bundle()[KEY]["spec"], "agents need not know"

        second = followed.push("1.1.0", "evt.type = open")
        eventually(lambda: followed.content() == rules("evt.type = open"), 20.0)
        followed.says("InForce", seen=second, inForce=second, version="1.1.0")
        followed.scene.reason(FOLLOWED, "Accepted", "Valid")

        followed.publisher.move(followed.publisher.made(rules(), "1.0.0"))
        said = followed.says("OlderVersion", seen=first, inForce=second)
        assert "version 1.0.0 is older than 1.1.0" in said
        assert f"{second} (version 1.1.0) stays in force" in said

        unsigned = followed.push("1.2.0", "evt.type = close", signed=False)
        followed.says("Unsigned", seen=unsigned, inForce=second)

        broken = followed.push("1.3.0", "evt.type = open and proc.nam = sh")
        followed.says("NotAccepted", seen=broken, inForce=second)
        refused = followed.scene.condition(FOLLOWED, "Accepted")
        assert "there is no field proc.nam" in refused["message"]
        assert f"{second} (version 1.1.0), which had no errors, stays in force" in refused["message"]
        assert followed.content() == rules("evt.type = open")

    before = followed.scene.index()
    followed.scene.operator.restart()
    said = followed.says("Unreachable", inForce=second)
    assert "stays in force" in said
    assert (followed.content(), followed.scene.index()) == (rules("evt.type = open"), before)
    followed.scene.rule("other")
    eventually(lambda: "ClusterFalcoRule/other" in followed.scene.bundle())
    assert followed.content() == rules("evt.type = open"), "others go on changing"

    with registries.distribution(followed.folder, followed.port):
        last = followed.push("1.4.0", "evt.type = openat")
        eventually(lambda: followed.content() == rules("evt.type = openat"), 20.0)
        followed.says("InForce", seen=last, inForce=last)


def test_a_source_that_never_came_is_no_rule(followed: Followed) -> None:
    followed.apply()
    assert "nothing of it is in force" in followed.says("Unreachable")
    accepted = followed.scene.condition(FOLLOWED, "Accepted")
    assert (accepted["status"], accepted["reason"]) == ("Unknown", "SourceNotReady")
    followed.apply(oci="registry.example.org/team/rules:1")
    message = followed.says("HostNotAllowed")
    assert "list it in the chart's sources.allowedHosts: registry.example.org" in message
    followed.apply(verify={"publicKey": "no key"})
    followed.says("BadKey")
    assert KEY not in followed.scene.bundle()


def test_a_registry_may_want_a_pull_secret(followed: Followed) -> None:
    from tests.sources.test_credentials_stay_with_their_host import ALICE, BCRYPT  # noqa: PLC0415

    users = followed.folder / "users"
    users.write_text(f"alice:{BCRYPT}\n")
    followed.publisher.credentials = replace(ALICE)
    auth = {"auths": {followed.publisher.place.host: {"username": ALICE.user, "password": ALICE.password}}}
    data = {".dockerconfigjson": base64.b64encode(json.dumps(auth).encode()).decode()}
    secrets = "/api/v1/namespaces/lanner/secrets"
    for name in ("rules-registry", "another"):
        made = {"metadata": {"name": name}, "type": "kubernetes.io/dockerconfigjson", "data": data}
        followed.scene.server.create(secrets, made)
    further = f"auth: {{htpasswd: {{realm: here, path: {users}}}}}\n"
    with registries.distribution(followed.folder, followed.port, further):
        digest = followed.push("1.0.0")
        followed.apply()
        assert "name a pull secret" in followed.says("Refused")
        followed.apply(pullSecret="another")
        assert "list it in the chart's sources.pullSecrets" in followed.says("Refused")
        followed.apply(pullSecret="rules-registry")
        followed.says("InForce", inForce=digest)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"oci": "a.b/c"}, "a source needs verify"),
        (
            {"oci": "a.b/c", "https": "https://a.b/c", "verify": {"publicKey": "x"}},
            "an artifact (oci) or a file",
        ),
        ({"oci": "a.b/c", "interval": "1s", "verify": {"publicKey": "x"}}, "interval is 5s at least"),
    ],
)
def test_the_api_server_refuses_what_is_no_source(stage: Scene, source: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError, match=words.replace("(", r"\(").replace(")", r"\)")):
        stage.applied(CLUSTER_RULES, "ClusterFalcoRule", "wrong", {"source": source})
