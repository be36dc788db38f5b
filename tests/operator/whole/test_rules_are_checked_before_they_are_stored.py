# SPDX-License-Identifier: Apache-2.0
"""The webhook between a real API server and kubectl: what is refused, what is warned of, and that nothing but
the chart's own objects is needed for it.

The API server finds the operator by a Service of type ExternalName, since no proxy runs here.
"""

from __future__ import annotations

import asyncio
import base64
import datetime
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lanner_apiserver.client import Api
from lanner_operator.admission.certificates import Issued
from lanner_operator.admission.keeping import Keeper
from lanner_operator.installation import Installation
from tests.chart.rendering import Helm
from tests.operator.whole.process import OperatorProcess, free_port
from tests.operator.whole.scene import CLUSTER_RULES, Scene, eventually

WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
WEBHOOK = f"{WEBHOOKS}/lanner-admission"
SECRETS = "/api/v1/namespaces/lanner/secrets"
SECRET = f"{SECRETS}/lanner-admission"
DRY = "--dry-run=server"
LIFE_S = 15.0  # of a certificate: the next one comes after ten seconds, while the first is good
PATIENCE_S = 45.0
LOOKED_INTO = " or ".join(f"proc.cmdline contains w{one}z" for one in range(150))
RULE = """
apiVersion: lanner.dev/v1alpha1
kind: FalcoRule
metadata: {{name: {name}, namespace: default}}
spec:
  rules:
    - {{name: {name}, desc: d, output: o, priority: NOTICE, condition: '{condition}'}}
"""


@pytest.fixture(scope="module")
def admitting(stage: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The operator with its webhook, and the chart's objects for it."""
    port = free_port()
    objects = _objects(stage, port)
    stage.plane.access.apply(objects)
    operator = OperatorProcess(
        tmp_path_factory.mktemp("admitting"), stage.identity, "--admission-port", str(port)
    )
    operator.start()
    before, stage.operator = stage.operator, operator
    try:
        operator.says("the admission webhook listens")
        eventually(lambda: "proc.nam" in apply(stage, "ready", "proc.nam = sh", DRY).stderr, 60.0)
        yield stage
    finally:
        operator.stop()
        stage.operator = before
        stage.plane.access.kubectl("delete", "-f", "-", stdin=objects)
        stage.clean()


def _objects(stage: Scene, port: int) -> str:
    """As the chart has them, at an address where the operator is."""
    templates = ("-s", "templates/admission.yaml", "-s", "templates/admission-policy.yaml")
    found = Helm(Path(stage.plane.binaries["helm"])).objects(*templates)
    for one in found:
        if one["kind"] == "Service":
            one["spec"] = {"type": "ExternalName", "externalName": "localhost"}
        if one["kind"] == "ValidatingWebhookConfiguration":
            one["webhooks"][0]["clientConfig"]["service"]["port"] = port
    return yaml.safe_dump_all(found)


def apply(scene: Scene, name: str, condition: str, *more: str) -> subprocess.CompletedProcess[str]:
    """What kubectl says."""
    text = RULE.format(name=name, condition=condition)
    command = [
        scene.plane.binaries["kubectl"],
        "--kubeconfig",
        str(scene.plane.kubeconfig),
        "apply",
        "-f",
        "-",
    ]
    return subprocess.run([*command, *more], input=text, capture_output=True, text=True, check=False)


def test_an_error_is_refused_with_its_place_and_hint_and_nothing_is_stored(admitting: Scene) -> None:
    for more in ((), (DRY,)):
        done = apply(admitting, "curl", "evt.type = execve and proc.nam = curl", *more)
        assert done.returncode != 0
        assert 'admission webhook "rules.lanner.dev" denied the request: UnknownField' in done.stderr
        assert "spec.rules[0].condition:1:23: error: there is no field proc.nam" in done.stderr
        assert "                      ^~~~~~~~" in done.stderr
        assert "hint: did you mean proc.name?" in done.stderr
    assert admitting.server.get("/apis/lanner.dev/v1alpha1/namespaces/default/falcorules/curl") is None


def test_good_rules_are_stored_without_a_word(admitting: Scene) -> None:
    done = apply(admitting, "good", "evt.type = execve and proc.name = curl")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert apply(admitting, "good", "evt.type = execve and proc.name = wget", DRY).returncode == 0


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("evt.type = getcwd", "never fires: nothing records getcwd"),
        ("evt.type = execve and later_macro", "not there yet: "),
        ("evt.type = read and fd.name startswith /x", "makes an event of nearly every read on the machine"),
        (f"evt.type = open and ({LOOKED_INTO})", "costs about 39 microseconds an event by the engine's"),
    ],
)
def test_what_is_doubtful_is_stored_with_a_warning(admitting: Scene, condition: str, words: str) -> None:
    done = apply(admitting, "doubtful", condition, DRY)
    assert done.returncode == 0, done.stderr
    assert "Warning: spec.rules[0]." in done.stderr
    assert words in done.stderr


def test_what_others_define_is_known(admitting: Scene) -> None:
    macro = {"macros": [{"name": "shells", "condition": "proc.name in (sh, bash)"}]}
    admitting.applied(CLUSTER_RULES, "ClusterFalcoRule", "words", macro)
    admitting.reason(f"{CLUSTER_RULES}/words", "Accepted", "Valid")
    eventually(lambda: apply(admitting, "uses", "evt.type = execve and shells", DRY).stderr == "")


def test_a_restarted_operator_serves_the_same_certificate(admitting: Scene) -> None:
    secret = admitting.server.get(SECRET)["data"]
    assert set(secret) == {"ca.crt", "tls.crt", "tls.key"}, "the authority's key is kept nowhere"
    admitting.operator.restart()
    eventually(lambda: "proc.nam" in apply(admitting, "again", "proc.nam = sh", DRY).stderr, 60.0)
    assert admitting.server.get(SECRET)["data"] == secret
    assert admitting.server.get(WEBHOOK)["webhooks"][0]["clientConfig"]["caBundle"] == secret["ca.crt"]


def test_without_an_operator_rules_are_stored_as_they_are(admitting: Scene) -> None:
    admitting.operator.stop()
    done = apply(admitting, "later", "evt.type = execve and proc.nam = curl")
    assert done.returncode == 0, done.stderr
    admitting.operator.start()
    later = "/apis/lanner.dev/v1alpha1/namespaces/default/falcorules/later"
    admitting.reason(later, "Accepted", "UnknownField")


def test_a_certificate_is_replaced_before_it_expires_and_trusted_before_it_is_served(stage: Scene) -> None:
    here = Installation("lanner", "short")
    hook: dict[str, Any] = {
        "name": "short.lanner.dev",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
    }
    hook |= {"clientConfig": {"url": "https://localhost:1"}, "failurePolicy": "Ignore"}
    stage.server.create(WEBHOOKS, {"metadata": {"name": here.admission}, "webhooks": [hook]})
    stage.server.create(SECRETS, {"metadata": {"name": here.admission}})
    served: list[Issued] = []
    said: list[str] = []

    def trusted() -> str:
        return str(stage.server.get(here.admission_webhook)["webhooks"][0]["clientConfig"]["caBundle"])

    def serve(issued: Issued) -> None:
        assert base64.b64decode(trusted()) == issued.authorities
        assert _shakes_hands(issued, issued.authorities)
        for before in served[-1:]:
            assert _shakes_hands(before, issued.authorities), "what was served until now is trusted still"
            assert not _shakes_hands(issued, before.authorities)
        served.append(issued)

    async def play() -> None:
        api = await Api.connect("lanner-tests", str(stage.plane.kubeconfig))
        life = datetime.timedelta(seconds=LIFE_S)
        keeper = Keeper(api, here, said.append, serve, life=life, look_s=0.1, spread_s=0.2)
        keeping, replaced = asyncio.create_task(keeper.run()), asyncio.create_task(_until(lambda: served[1:]))
        try:
            done = asyncio.FIRST_COMPLETED
            await asyncio.wait({keeping, replaced}, timeout=PATIENCE_S, return_when=done)
            if keeping.done():
                await keeping
        finally:
            for task in (keeping, replaced):
                task.cancel()
            await asyncio.gather(keeping, replaced, return_exceptions=True)
            await api.close()

    try:
        asyncio.run(play())
        assert len(served) >= 2, said
    finally:
        stage.server.delete(here.admission_webhook)
        stage.server.delete(here.admission_secret)


async def _until(done: Callable[[], object]) -> None:
    while not done():
        await asyncio.sleep(0.05)


def _shakes_hands(served: Issued, authorities: bytes) -> bool:
    """Whether a client that trusts these takes it for what it names. In memory, without a network."""
    client = ssl.create_default_context(cadata=authorities.decode())
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(incoming, outgoing, server_hostname="short-admission.lanner.svc")
    answering = served.context().wrap_bio(outgoing, incoming, server_side=True)
    for _ in range(4):
        for one in (asking, answering):
            try:
                one.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return False
    return True
