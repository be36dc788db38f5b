# SPDX-License-Identifier: Apache-2.0
"""What a tenant nests very deep is refused by the API server; what an older definition let in is refused by
its status, and takes nothing from others, whether the operator lists it, watches it or judges it.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import http.client
import json
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from tests.operator.whole.scene import CLUSTER_RULES, GROUP, Scene, eventually
from tests.operator.whole.server import RefusedError

RULES = f"{GROUP}/namespaces/team/falcorules"
DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/falcorules.lanner.dev"
CREATED, UNFIT = 201, 422
LOOSE = {"x-kubernetes-preserve-unknown-fields": True}
# Python 3.11 decodes 985 levels and writes 497, 3.13 ten times that.
DEPTHS = (30, 45, 600, 900, 3_000, 9_000)

pytestmark = pytest.mark.timeout(180)


def deep(name: str, levels: int) -> str:
    """The text of a FalcoRule; json.dumps does not write so many levels."""
    values = "[" * levels + '"a"' + "]" * levels
    exception = '{"name":"e","fields":["proc.name"],"comps":["in"],"values":[[' + values + "]]}"
    rule = '{"name":"r","condition":"evt.type = open","desc":"d","output":"o","priority":"NOTICE",'
    return (
        '{"apiVersion":"lanner.dev/v1alpha1","kind":"FalcoRule","metadata":{"name":"' + name + '"},'
        '"spec":{"rules":[' + rule + '"exceptions":[' + exception + "]}]}}"
    )


def create(scene: Scene, text: str) -> None:
    """As the scene's server does it, without reading what comes back."""
    pki = scene.plane.folder / "pki"
    context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
    context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
    line = http.client.HTTPSConnection(scene.plane.address, scene.plane.port, timeout=30, context=context)
    with contextlib.closing(line):
        line.request("POST", RULES, text, {"Content-Type": "application/json"})
        answer = line.getresponse()
        words = answer.read().decode()
    if answer.status >= 400:
        raise RefusedError(answer.status, words)


def refused(scene: Scene, name: str) -> dict[str, Any]:
    """The condition of an object, of which only the status is read."""
    text = scene.plane.access.kubectl(
        "get", "falcorules", name, "-n", "team", "-o", "jsonpath={.status.conditions}"
    )
    return next(one for one in json.loads(text) if one["type"] == "Accepted")


@pytest.fixture
def older(scene: Scene) -> Iterator[Scene]:
    """With a definition that lets in any depth, and the operator started before there is such an object."""
    with contextlib.suppress(RefusedError):
        scene.server.create("/api/v1/namespaces", {"metadata": {"name": "team"}})
    current = scene.server.get(DEFINITION)["spec"]["versions"]
    loose = copy.deepcopy(current)
    _values(loose)["items"] = LOOSE
    scene.server.patch(DEFINITION, {"spec": {"versions": loose}})
    eventually(lambda: _probed(scene) == CREATED, 30.0)
    scene.server.delete(f"{RULES}/probe")
    yield scene
    scene.plane.access.kubectl("delete", "falcorules", "--all", "-n", "team")
    scene.server.patch(DEFINITION, {"spec": {"versions": current}})
    eventually(lambda: _probed(scene) == UNFIT, 30.0)


def _values(versions: list[dict[str, Any]]) -> dict[str, Any]:
    spec = versions[0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    exceptions = spec["properties"]["rules"]["items"]["properties"]["exceptions"]
    found: dict[str, Any] = exceptions["items"]["properties"]["values"]["items"]
    return found


def _probed(scene: Scene) -> int:
    """What comes of one by the definition in force: the server changes it some time after it said so."""
    try:
        create(scene, deep("probe", 2))
    except RefusedError as refusal:
        return refusal.status
    return CREATED


@pytest.mark.parametrize("levels", [2, 600, 9_000])
def test_the_api_server_refuses_it(scene: Scene, levels: int) -> None:
    with contextlib.suppress(RefusedError):
        scene.server.create("/api/v1/namespaces", {"metadata": {"name": "team"}})
    with pytest.raises(RefusedError) as refusal:
        create(scene, deep("deep", levels))
    assert refusal.value.status == UNFIT
    assert "spec.rules[0].exceptions[0].values[0][0][0]" in str(refusal.value)


def test_those_that_an_older_definition_let_in_are_refused_alone(older: Scene) -> None:
    for levels in DEPTHS:
        create(older, deep(f"deep-{levels}", levels))
    older.tenant_rule("team", "neighbour")
    older.rule("platform")
    _all_is_well(older)
    older.operator.restart()  # now they are listed
    older.rule("later")
    eventually(lambda: "ClusterFalcoRule/later" in older.bundle(), 30.0)
    _all_is_well(older)
    log = older.operator.log()
    assert "internal error" not in log
    assert "begins anew" not in log
    assert "Traceback" not in log


def _all_is_well(scene: Scene) -> None:
    scene.reason(f"{CLUSTER_RULES}/platform", "Accepted", "Valid", 30.0)
    scene.reason(f"{RULES}/neighbour", "Accepted", "Valid", 30.0)
    for levels in DEPTHS:
        said = eventually(functools.partial(refused, scene, f"deep-{levels}"), 30.0)
        assert (said["status"], said["reason"]) == ("False", "InvalidSpec")
        assert "spec.rules[0].exceptions[0].values[0][0]" in said["message"]
    assert {"ClusterFalcoRule/platform", "FalcoRule/team/neighbour"} <= scene.bundle().keys()
    assert not any("deep" in key for key in scene.bundle())
